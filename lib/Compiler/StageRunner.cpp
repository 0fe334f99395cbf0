#include "lib/Compiler/StageRunner.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

Error StageRunner::run(Stage stage, StringRef detail,
                       llvm::function_ref<Error()> work) {
  const auto start = std::chrono::steady_clock::now();
  observer.stageBegins(getStageInfo(stage), detail);
  if (Error error = observer.goOn())
    return error;
  if (Error error = work())
    return error;
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  observer.stageEnds(seconds.count());
  times.push_back(
      {getStageInfo(stage).name.str(), detail.str(), seconds.count()});
  return Error::success();
}

Error StageRunner::dump(mlir::ModuleOp module, Stage stage) {
  if (!llvm::is_contained(dumpAfter, stage))
    return Error::success();
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return observer.dump(getStageInfo(stage), text);
}
