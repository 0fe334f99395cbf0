// Machine code of a program: its functions for every CPU, and its table.
#ifndef LFM2C_LIB_COMPILER_VARIANTCODE_H
#define LFM2C_LIB_COMPILER_VARIANTCODE_H

#include "lib/Compiler/LoadModel.h"
#include "lib/Compiler/Lowering.h"
#include "lib/Compiler/ModuleFacts.h"

namespace lfm2c {

/// What all variants of a program share, and what each adds.
struct ProgramCode {
  /// All but symbol, identity and what the config says.
  ProgramDescription program;
  /// The first variant's module as planned: its weights are what is packed.
  mlir::OwningOpRef<mlir::ModuleOp> planned;
  std::string weightLayout; ///< see describeWeightLayout()
  std::vector<Image> objects;
};

class CodeMaker {
public:
  /// All but `prefix` outlive this object. `prefix` is that of a library's
  /// symbols.
  CodeMaker(const CompileOptions &options, const TargetChoice &choice,
            const Lowering &lowering, StageRunner &runner,
            llvm::StringRef prefix)
      : options(options), choice(choice), lowering(lowering), runner(runner),
        prefix(prefix) {}

  /// Lowers copies of the module and adds an object for each CPU to `code`,
  /// whose `program` has the config's part. Fails where a program with its
  /// largest context has no room in a process of the device, where the module's
  /// weights are not the checkpoint's, or where variants cannot share them.
  llvm::Error addVariants(const LoadedModel &model, ProgramCode &code) const;
  /// Adds the object of the table, which `code.program` is then whole for.
  llvm::Error addTable(ProgramCode &code) const;

private:
  llvm::Error addVariant(const LoadedModel &model, const TargetVariant &variant,
                         ProgramCode &code) const;
  /// Takes the sizes of the first variant's module, checks those of others.
  llvm::Error takeSizes(const LoadedModel &model, mlir::ModuleOp planned,
                        const ProgramVariant &variant, const TargetFacts &facts,
                        ProgramCode &code) const;
  llvm::Error checkMemory(const TargetFacts &facts,
                          llvm::ArrayRef<ProgramEntry> entries,
                          const ProgramDescription &program) const;
  /// Of the symbols of a variant's entries.
  std::string entrySuffix(const TargetVariant &variant) const;
  EmitOptions emitOptions() const;

  const CompileOptions &options;
  const TargetChoice &choice;
  const Lowering &lowering;
  StageRunner &runner;
  std::string prefix;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_VARIANTCODE_H
