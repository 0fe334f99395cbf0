// What a step of a program can be asked for: out of the config into the
// program's table, and out of the table into words.
#ifndef LFM2C_LIB_COMPILER_PROGRAMOUTPUTS_H
#define LFM2C_LIB_COMPILER_PROGRAMOUTPUTS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {
struct ModelConfig;
struct ProgramDescription;

/// Sets widths, outputs and flags of `program`.
void setOutputs(const ModelConfig &config, ProgramDescription &program);

/// Rows of float32 that a program gives.
struct ProgramOutput {
  llvm::StringRef name; ///< "logits"
  llvm::StringRef rows; ///< what there is one for each of: "tokens", "texts"
  int64_t width;        ///< elements of a row
};
llvm::SmallVector<ProgramOutput> listOutputs(const ProgramDescription &program);

/// Fails where the results of @forward, as long as `module` has it, are others
/// than a program of this config gives.
llvm::Error checkOutputRoles(mlir::ModuleOp module, const ModelConfig &config);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_PROGRAMOUTPUTS_H
