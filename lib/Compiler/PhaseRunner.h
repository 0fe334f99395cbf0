// Phases as they run: told to the observer, timed, and dumped where asked.
#ifndef LFM2C_LIB_COMPILER_PHASERUNNER_H
#define LFM2C_LIB_COMPILER_PHASERUNNER_H

#include "lib/Compiler/Observer.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

struct PhaseTime {
  std::string phase;
  std::string variant; ///< empty where there is one
  double seconds = 0;
};

class PhaseRunner {
public:
  /// Neither is copied. `dumpAfter` are the phases that the observer gets the
  /// module after.
  PhaseRunner(CompileObserver &observer, llvm::ArrayRef<Phase> dumpAfter)
      : observer(observer), dumpAfter(dumpAfter) {}

  /// Runs `work` as `phase`; `detail` tells runs of one phase apart. The error
  /// is that of `work`.
  llvm::Error run(Phase phase, llvm::StringRef detail,
                  llvm::function_ref<llvm::Error()> work);
  /// Gives the module as it is after `phase` to the observer, where asked.
  llvm::Error dump(mlir::ModuleOp module, Phase phase);
  /// Of all that ended well, in order.
  llvm::ArrayRef<PhaseTime> getTimes() const { return times; }

private:
  CompileObserver &observer;
  llvm::ArrayRef<Phase> dumpAfter;
  std::vector<PhaseTime> times;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_PHASERUNNER_H
