// OUT.a: generated objects and the runtime in one archive of ar.
#ifndef LFM2C_LIB_COMPILER_STATICLIBRARY_H
#define LFM2C_LIB_COMPILER_STATICLIBRARY_H

#include "targets/Target.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace lfm2c {

/// Writes the library to `os`. `runtime` is an archive whose members are taken
/// over; `weights`, if not empty, is one more object.
llvm::Error writeStaticLibrary(llvm::raw_ostream &os,
                               llvm::ArrayRef<Image> objects,
                               llvm::StringRef weights,
                               llvm::StringRef runtime);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_STATICLIBRARY_H
