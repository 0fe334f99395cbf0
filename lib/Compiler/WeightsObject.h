// An archive as an object file, for libraries that have their weights with
// them.
#ifndef LFM2C_LIB_COMPILER_WEIGHTSOBJECT_H
#define LFM2C_LIB_COMPILER_WEIGHTSOBJECT_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace lfm2c {

/// Writes a relocatable ELF64 file with one read-only section, which `write`
/// fills as a stream, and two symbols over it: `prefix`_archive, where it
/// begins, and `prefix`_archive_end. `like` is an object for the same machine,
/// whose header is taken over. `os` must stand at 0. Returns the bytes of the
/// section; fails where they are too many to be reached by the code of a
/// library.
llvm::Expected<uint64_t>
writeWeightsObject(llvm::raw_pwrite_stream &os, llvm::StringRef like,
                   llvm::StringRef prefix,
                   llvm::function_ref<llvm::Error(llvm::raw_ostream &)> write);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_WEIGHTSOBJECT_H
