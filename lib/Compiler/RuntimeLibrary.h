// The runtime's libraries, which lfm2-compile carries as bytes, so that it
// needs no other file to make a program.
#ifndef LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
#define LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>

namespace lfm2c {

/// The archive (ar) of the runtime called `name`: Target's getProgramRuntime()
/// or getLibraryRuntime(). Lives as long as the process.
llvm::Expected<llvm::StringRef> getRuntimeLibrary(llvm::StringRef name);
/// The text of all public headers of the runtime, the core's first, as one that
/// includes none of them.
std::string getRuntimeHeaders();

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
