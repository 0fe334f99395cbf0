#include "lib/Compiler/Version.h"

llvm::StringRef lfm2c::getCompilerVersion() { return LFM2_COMPILER_VERSION; }
