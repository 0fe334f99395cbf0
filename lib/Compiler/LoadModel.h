// What --MODEL names, as a module and the checkpoint behind it.
#ifndef LFM2C_LIB_COMPILER_LOADMODEL_H
#define LFM2C_LIB_COMPILER_LOADMODEL_H

#include "frontends/Frontend.h"
#include "lib/Compiler/ProgramOptions.h"
#include "lib/Pipeline/Stages.h"
#include "lib/Weights/Checkpoint.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace mlir {
class DialectRegistry;
} // namespace mlir

namespace lfm2c {

struct LoadedModel {
  std::unique_ptr<Checkpoint> checkpoint;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  /// The last stage that the module has been through.
  Stage done = Stage::Import;
  /// What was merged into its weights: each PATH or PATH:SCALE.
  std::vector<std::string> adapters;
  /// What it remembers to be made for.
  ProgramOptions recorded;
};

/// Reads a checkpoint through the front ends and imports it, or parses an .mlir
/// file, whose attribute `lfm2.source` names the checkpoint (relative names are
/// also looked up beside the file), which is then read with what the module
/// remembers and `options` do not say; adapters are those that the module
/// remembers. Fails where the module does not fit its
/// checkpoint (see MatchCheckpoint.h).
llvm::Expected<LoadedModel> loadModel(llvm::StringRef path,
                                      mlir::MLIRContext &context,
                                      const ReadOptions &options = {});
/// The same of a checkpoint that was read and has these adapters in it.
LoadedModel loadModel(std::unique_ptr<Checkpoint> checkpoint,
                      mlir::MLIRContext &context,
                      llvm::ArrayRef<AdapterChoice> adapters);

/// Notes in `module` that it has been through `stage`, so that an .mlir file
/// can be continued from there.
void markStage(mlir::ModuleOp module, Stage stage);
/// The last stage that was done to `module`; import if it has no mark.
llvm::Expected<Stage> getStage(mlir::ModuleOp module);

/// The dialects of modules before a target's own.
void registerModelDialects(mlir::DialectRegistry &registry);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_LOADMODEL_H
