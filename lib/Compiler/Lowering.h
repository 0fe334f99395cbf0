// A module on its way through the phases of passes.
#ifndef LFM2C_LIB_COMPILER_LOWERING_H
#define LFM2C_LIB_COMPILER_LOWERING_H

#include "lib/Compiler/PhaseRunner.h"
#include "lib/Compiler/Settings.h"
#include "lib/Compiler/TargetChoice.h"

namespace lfm2c {

class Lowering {
public:
  /// All outlive this object.
  Lowering(const CompileOptions &options, const Settings &settings,
           const TargetChoice &choice, CompileObserver &observer,
           PhaseRunner &runner)
      : options(options), settings(settings), choice(choice),
        observer(observer), runner(runner) {}

  /// Takes `module` from the phase that it has been through to `last`, at most
  /// to machine code's door, for one CPU of the choice. Fails where the module
  /// was made for another CPU, and as the phases do.
  llvm::Error run(mlir::ModuleOp module, const TargetVariant &variant,
                  Phase last) const;

private:
  /// Writes the CPU's facts on the module.
  llvm::Error setFacts(mlir::ModuleOp module,
                       const TargetVariant &variant) const;
  llvm::Error runPhases(mlir::ModuleOp module, const TargetVariant &variant,
                        Phase last) const;

  const CompileOptions &options;
  const Settings &settings;
  const TargetChoice &choice;
  CompileObserver &observer;
  PhaseRunner &runner;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_LOWERING_H
