// From a checkpoint to a program: the whole way in one call.
#ifndef LFM2C_LIB_COMPILER_COMPILER_H
#define LFM2C_LIB_COMPILER_COMPILER_H

#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Options.h"

namespace lfm2c {

class TargetRegistry;

/// What a compilation has left on disk, and what it tells of it.
struct CompileResult {
  std::string output;  ///< "-" is standard output
  std::string header;  ///< empty: none was written
  std::string weights; ///< empty: none was written beside the output
  std::string report;  ///< the JSON of --report; empty of text
};

/// Compiles and writes the outputs, all of them or none. The error is one line.
llvm::Expected<CompileResult> compile(const CompileOptions &options,
                                      const TargetRegistry &targets,
                                      CompileObserver &observer);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_COMPILER_H
