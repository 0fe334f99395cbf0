// From the text of a template to its tree.

#ifndef LFM2C_LIB_CHAT_PARSER_H
#define LFM2C_LIB_CHAT_PARSER_H

#include "lib/Chat/Syntax.h"

#include "llvm/Support/Error.h"

namespace lfm2c {

/// The statements of a template. Refuses what no chat template uses, by its
/// name and line. Where it is for helpers (see Helpers.h), the words more that
/// they have are known, too.
llvm::Expected<std::vector<NodePtr>> parseTemplate(llvm::StringRef source,
                                                   bool forHelpers = false);

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_PARSER_H
