// The runtime's libraries, which lfm2-compile carries as bytes, so that it
// needs no other file to make a program.
#ifndef LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
#define LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// The archive of the runtime (ar) for `target` ("x86_64-linux"). `libc` asks
/// for the form that is linked into other programs. Lives as long as the
/// process.
llvm::Expected<llvm::StringRef> getRuntimeLibrary(llvm::StringRef target,
                                                  bool libc);
/// The text of a public header of the runtime, "lfm2rt.h".
llvm::Expected<llvm::StringRef> getRuntimeHeader(llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
