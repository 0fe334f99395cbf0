// What stands in a file where something else was expected.
//
// The same few accidents happen to files of every kind: a pointer in place of
// the file, a web page in place of a download, a download that has not ended.

#ifndef LFM2C_LIB_SUPPORT_FOREIGNBYTES_H
#define LFM2C_LIB_SUPPORT_FOREIGNBYTES_H

#include "llvm/ADT/StringRef.h"
#include <string>

namespace lfm2c {

/// What a file that holds `bytes` is and what to do, to follow "it ": "is
/// empty; get the file again". Empty where nothing is known of it. For readers
/// that have found that it is not of their kind.
std::string explainForeignBytes(llvm::StringRef bytes);

/// The name of an unfinished download of the file `path` that lies beside it,
/// or empty.
std::string findUnfinished(llvm::StringRef path);

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_FOREIGNBYTES_H
