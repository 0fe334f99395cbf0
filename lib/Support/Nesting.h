// How deep a text nests, before a parser that recurses reads it.
#ifndef LFM2C_LIB_SUPPORT_NESTING_H
#define LFM2C_LIB_SUPPORT_NESTING_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// Fails where brackets of any kind, (, [, { and <, nest deeper in the MLIR
/// text of file `path` than any module of this compiler does; strings and
/// comments do not count. So do signs and names in a row without a comma, as
/// affine expressions have them. The error names the line.
llvm::Error checkNesting(llvm::StringRef text, llvm::StringRef path);

} // namespace lfm2c

#endif // LFM2C_LIB_SUPPORT_NESTING_H
