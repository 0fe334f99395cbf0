// Standard output and standard error, where they are full, closed or gone.
//
// LLVM's streams end the process with a message of their own when they die with
// an error. Here a failed write to standard output is a failure of the tool
// like any other, and one to standard error is none: nobody can be told.

#ifndef LFM2C_LIB_SUPPORT_STANDARDSTREAMS_H
#define LFM2C_LIB_SUPPORT_STANDARDSTREAMS_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// To be called first in main(). Streams that the caller has closed keep their
/// numbers, so that no file which is opened later gets one of them. At the exit
/// of the process, whoever calls for it (--help does), what is left for
/// standard output is written; where that fails, the status is 1 and the reason
/// stands on standard error behind `tool` (which must live on).
void guardStandardStreams(const char *tool);

/// Writes `text` to standard output, with all that was printed before; fails
/// where not all of it could be written.
llvm::Error writeStandardOutput(llvm::StringRef text);

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_STANDARDSTREAMS_H
