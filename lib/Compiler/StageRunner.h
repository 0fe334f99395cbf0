// Stages as they run: told to the observer, timed, and dumped where asked.
#ifndef LFM2C_LIB_COMPILER_STAGERUNNER_H
#define LFM2C_LIB_COMPILER_STAGERUNNER_H

#include "lib/Compiler/Observer.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

struct StageTime {
  std::string stage;
  std::string variant; ///< empty where there is one
  double seconds = 0;
};

class StageRunner {
public:
  /// Neither is copied. `dumpAfter` are the stages that the observer gets the
  /// module after.
  StageRunner(CompileObserver &observer, llvm::ArrayRef<Stage> dumpAfter)
      : observer(observer), dumpAfter(dumpAfter) {}

  /// Runs `work` as `stage`; `detail` tells runs of one stage apart. The error
  /// is that of `work`.
  llvm::Error run(Stage stage, llvm::StringRef detail,
                  llvm::function_ref<llvm::Error()> work);
  /// Gives the module as it is after `stage` to the observer, where asked.
  llvm::Error dump(mlir::ModuleOp module, Stage stage);
  /// Of all that ended well, in order.
  llvm::ArrayRef<StageTime> getTimes() const { return times; }

private:
  CompileObserver &observer;
  llvm::ArrayRef<Stage> dumpAfter;
  std::vector<StageTime> times;
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_STAGERUNNER_H
