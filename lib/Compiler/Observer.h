// Who hears what the compiler does.
#ifndef LFM2C_LIB_COMPILER_OBSERVER_H
#define LFM2C_LIB_COMPILER_OBSERVER_H

#include "lib/Pipeline/Stages.h"

namespace lfm2c {

/// Called on the thread that compiles. Texts live as long as the call.
class CompileObserver {
public:
  virtual ~CompileObserver() = default;
  /// A stage begins; `detail` is the variant where there are several, or empty.
  virtual void stageBegins(const StageInfo &stage, llvm::StringRef detail) {}
  /// Asked before each stage and before outputs get their names, and within
  /// long stages after some MiB of weights and after each window of a text. An
  /// error ends the compilation, which then leaves nothing on disk.
  virtual llvm::Error goOn() { return llvm::Error::success(); }
  /// `done` of `total` bytes of weights are packed.
  virtual void weightsPacked(uint64_t done, uint64_t total) {}
  virtual void stageEnds(double seconds) {}
  /// `done` of `total` windows of the calibration text are read.
  virtual void calibrated(uint64_t done, uint64_t total) {}
  /// The module as text after a stage of CompileOptions::dumpAfter. An error
  /// ends the compilation.
  virtual llvm::Error dump(const StageInfo &stage, llvm::StringRef module) {
    return llvm::Error::success();
  }
  /// One line that a user wants to know: the CPU chosen, what was written.
  virtual void note(llvm::StringRef line) {}
  virtual void warning(llvm::StringRef line) {}
};

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_OBSERVER_H
