// The runtime's libraries, which lfm2-compile carries as bytes, so that it
// needs no other file to make a program.
#ifndef LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
#define LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// The archive (ar) of the runtime called `name`: Target's getProgramRuntime()
/// or getLibraryRuntime(). Lives as long as the process.
llvm::Expected<llvm::StringRef> getRuntimeLibrary(llvm::StringRef name);
/// The text of a public header of the runtime, "lfm2rt.h".
llvm::Expected<llvm::StringRef> getRuntimeHeader(llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
