#include "lib/Compiler/PhaseRunner.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLExtras.h"
#include <chrono>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

Error PhaseRunner::run(Phase phase, StringRef detail,
                       llvm::function_ref<Error()> work) {
  const auto start = std::chrono::steady_clock::now();
  observer.phaseBegins(getPhaseInfo(phase), detail);
  if (Error error = work())
    return error;
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  observer.phaseEnds(seconds.count());
  times.push_back(
      {getPhaseInfo(phase).name.str(), detail.str(), seconds.count()});
  return Error::success();
}

Error PhaseRunner::dump(mlir::ModuleOp module, Phase phase) {
  if (!llvm::is_contained(dumpAfter, phase))
    return Error::success();
  std::string text;
  llvm::raw_string_ostream os(text);
  module.print(os);
  return observer.dump(getPhaseInfo(phase), text);
}
