// Joining objects by lld, in this process.
#ifndef LFM2C_LIB_COMPILER_LINK_H
#define LFM2C_LIB_COMPILER_LINK_H

#include "targets/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace lfm2c {

enum class LinkKind {
  Executable,    ///< static, at a fixed address, stripped; starts at _start
  LoadedProgram, ///< the same, but wherever its loader puts it
  SharedLibrary, ///< of all inputs
  Relocatable,   ///< one object of all inputs
};

struct LinkInput {
  std::string name; ///< for messages: "step.o"
  llvm::StringRef bytes;
};

/// Links `inputs`, of which archives come last, and returns the result's bytes.
/// `arguments` are the target's own for ld.lld. `stubs` are libraries for
/// `triple` that the result will find where it runs. lld keeps global state:
/// one thread at a time.
llvm::Expected<llvm::SmallVector<char, 0>>
link(LinkKind kind, llvm::ArrayRef<std::string> arguments,
     llvm::ArrayRef<LinkInput> inputs, llvm::ArrayRef<StubLibrary> stubs = {},
     llvm::StringRef triple = "");

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_LINK_H
