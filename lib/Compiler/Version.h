// The version of the compiler.
#ifndef LFM2C_LIB_COMPILER_VERSION_H
#define LFM2C_LIB_COMPILER_VERSION_H

#include "llvm/ADT/StringRef.h"

namespace lfm2c {

/// "0.1.0", as CMake has it.
llvm::StringRef getCompilerVersion();

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_VERSION_H
