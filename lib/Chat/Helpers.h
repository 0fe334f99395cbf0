// Filters, methods and tests that are functions of the machine's own
// instructions.
//
// They are written in Jinja, with a few words more: {% return VALUE %}, lists
// like [x for y in z if c], and calls of what the machine does itself, as
// _split(...). A template carries those that it uses.

#ifndef LFM2C_LIB_CHAT_HELPERS_H
#define LFM2C_LIB_CHAT_HELPERS_H

#include "lib/Chat/Syntax.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// A macro of that name; null if there is none.
const Node *findHelper(llvm::StringRef name);

/// A macro out of text in the language of helpers, which is right.
NodePtr parseHelper(llvm::StringRef text);

/// The text of a helper that makes a text of the parts of a date, as strftime()
/// with this format does in the locale C. Fails where the format has a letter
/// that is not supported.
llvm::Expected<std::string> makeTimeHelper(llvm::StringRef name,
                                           llvm::StringRef format);

/// Stands behind content that is to be continued: no text has it.
constexpr llvm::StringLiteral endOfContent = "\xf7\xbf\xbf\xbf";

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_HELPERS_H
