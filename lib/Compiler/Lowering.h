// A module on its way through the stages of passes.
#ifndef LFM2C_LIB_COMPILER_LOWERING_H
#define LFM2C_LIB_COMPILER_LOWERING_H

#include "lib/Compiler/Settings.h"
#include "lib/Compiler/StageRunner.h"
#include "lib/Compiler/TargetChoice.h"

namespace lfm2c {

class Lowering {
public:
  /// All outlive this object.
  Lowering(const CompileOptions &options, const Settings &settings,
           const TargetChoice &choice, CompileObserver &observer,
           StageRunner &runner)
      : options(options), settings(settings), choice(choice),
        observer(observer), runner(runner) {}

  /// Takes `module` from the stage that it has been through to `last`, at most
  /// to machine code's door, for one CPU of the choice. Fails where the module
  /// was made for another CPU, and as the stages do.
  llvm::Error run(mlir::ModuleOp module, const TargetVariant &variant,
                  Stage last) const;

private:
  /// Writes the CPU's facts on the module.
  llvm::Error setFacts(mlir::ModuleOp module,
                       const TargetVariant &variant) const;
  llvm::Error runStages(mlir::ModuleOp module, const TargetVariant &variant,
                        Stage last) const;

  const CompileOptions &options;
  const Settings &settings;
  const TargetChoice &choice;
  CompileObserver &observer;
  StageRunner &runner;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_LOWERING_H
