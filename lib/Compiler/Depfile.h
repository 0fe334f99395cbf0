// --depfile: what a program was made of, for the tool that builds it.
#ifndef LFM2C_LIB_COMPILER_DEPFILE_H
#define LFM2C_LIB_COMPILER_DEPFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace lfm2c {

/// A rule in the language that make and ninja share, by which `output` is older
/// than none of `inputs`; these are named by absolute paths.
std::string formatDepfile(llvm::StringRef output,
                          llvm::ArrayRef<std::string> inputs);

} // namespace lfm2c

#endif // LFM2C_LIB_COMPILER_DEPFILE_H
