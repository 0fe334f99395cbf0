// The runtime's libraries, which lfm2-compile carries as bytes, so that it
// needs no other file to make a program.
#ifndef LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
#define LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace lfm2c {

/// The archive (ar) of the runtime called `name`: Target's getProgramRuntime()
/// or getLibraryRuntime(). Lives as long as the process.
llvm::Expected<llvm::StringRef> getRuntimeLibrary(llvm::StringRef name);
/// A public header of the runtime.
struct RuntimeHeader {
  llvm::StringRef name; ///< "chat.h"
  std::string purpose;  ///< the first sentence that it says of itself
  std::string text;     ///< without includes of the others
};
/// All of them, each behind those that it needs: the core's first.
std::vector<RuntimeHeader> getRuntimeHeaders();

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_RUNTIMELIBRARY_H
