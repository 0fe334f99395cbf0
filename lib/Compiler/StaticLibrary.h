// OUT.a: generated objects and the runtime in one archive of ar.
#ifndef LFM2C_LIB_COMPILER_STATICLIBRARY_H
#define LFM2C_LIB_COMPILER_STATICLIBRARY_H

#include "lib/Compiler/Outputs.h"

namespace lfm2c {

/// The library's bytes. `runtime` is an archive whose members are taken over.
llvm::Expected<llvm::SmallVector<char, 0>>
makeStaticLibrary(llvm::ArrayRef<ObjectFile> objects, llvm::StringRef runtime);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_STATICLIBRARY_H
