// Compiles the chat template of a checkpoint.

#ifndef LFM2C_LIB_CHAT_TEMPLATE_H
#define LFM2C_LIB_CHAT_TEMPLATE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lfm2c {

/// What a template is given besides conversations.
struct TemplateContext {
  /// Variables that are texts, by name: bos_token.
  std::vector<std::pair<std::string, std::string>> globals;
  /// Spellings of the tokens that no user may write.
  std::vector<std::string> controls;
};

/// The section LFM2_SECTION_CHAT (see chat_format.h) of a template in Jinja.
/// What is not supported is refused by its name and line.
llvm::Expected<std::vector<uint8_t>>
compileTemplate(llvm::StringRef source, const TemplateContext &context);

/// The names of the variables that the template of a section reads.
std::vector<std::string> listVariables(llvm::ArrayRef<uint8_t> section);

} // namespace lfm2c

#endif // LFM2C_LIB_CHAT_TEMPLATE_H
