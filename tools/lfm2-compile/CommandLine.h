// The words of the command line, and what they mean.
#ifndef LFM2C_TOOLS_LFM2_COMPILE_COMMANDLINE_H
#define LFM2C_TOOLS_LFM2_COMPILE_COMMANDLINE_H

#include "lib/Compiler/Options.h"
#include "targets/Target.h"

namespace lfm2c {

/// What the user asked for.
struct Request {
  enum Kind { Compile, ListTargets, ListCpus } kind = Compile;
  CompileOptions options; ///< with `target` alone where CPUs are listed
};

/// Reads the command line; --help and --version print and exit. The error is
/// that of a wrong use; it has no text where LLVM has printed one already.
llvm::Expected<Request> readCommandLine(int argc, char **argv,
                                        const TargetRegistry &targets);

} // namespace lfm2c

#endif // LFM2C_TOOLS_LFM2_COMPILE_COMMANDLINE_H
