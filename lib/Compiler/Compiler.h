// From a checkpoint to a program: the whole way in one call.
#ifndef LFM2C_LIB_COMPILER_COMPILER_H
#define LFM2C_LIB_COMPILER_COMPILER_H

#include "lib/Compiler/Observer.h"
#include "lib/Compiler/Options.h"

namespace lfm2c {

class TargetRegistry;

/// Compiles and writes the outputs, all of them or none. The error is one line.
llvm::Error compile(const CompileOptions &options,
                    const TargetRegistry &targets, CompileObserver &observer);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_COMPILER_H
