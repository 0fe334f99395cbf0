// Shared libraries that are linked against without being there.
#ifndef LFM2C_LIB_COMPILER_STUBLIBRARIES_H
#define LFM2C_LIB_COMPILER_STUBLIBRARIES_H

#include "targets/Target.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// Writes to `path` a shared object of ELF for `triple` that has the name and
/// the functions of `library`, and no code: all that a linker asks of one.
llvm::Error writeStubLibrary(llvm::StringRef path, const StubLibrary &library,
                             llvm::StringRef triple);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_STUBLIBRARIES_H
