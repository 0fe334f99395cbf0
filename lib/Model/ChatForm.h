// How a checkpoint writes conversations: its chat template, compiled, and the
// strings around the turns of a plain conversation, where there are such.
//
// A template can do anything: put a text of its own in front, drop reasoning
// from earlier turns, trim. What it does is found by rendering conversations
// with it. Where each turn only appends to what was there, the strings between
// are the model's; where not, there are none.

#ifndef LFM2C_LIB_MODEL_CHATFORM_H
#define LFM2C_LIB_MODEL_CHATFORM_H

#include "lfm2rt/tokenizer_format.h"
#include "lib/Model/TokenizerSpec.h"
#include "llvm/Support/Error.h"

#include <array>

namespace lfm2c {

struct ChatForm {
  std::vector<uint8_t> section; // LFM2_SECTION_CHAT; empty without a template.
  const char *source = "none";  // Of the template, as --info shows it.
  std::vector<std::string> variables; // That the template reads.
  bool appends = false;   // Turns only append: the strings are the model's.
  bool startsBos = false; // The template prints bos, once, at the start.
  std::array<std::string, LFM2_CHAT_NUM_STRINGS> strings; // LFM2_CHAT_*
};

/// Compiles the checkpoint's template or, where it has none but the tokens
/// <|im_start|> and <|im_end|>, a plain one. Fails where a template uses what
/// is not supported.
llvm::Expected<ChatForm> deriveChatForm(const TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_CHATFORM_H
