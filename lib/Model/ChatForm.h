// The strings around the messages of a conversation.
//
// Models of the family differ in their chat templates only in what tools and
// past reasoning become; the frame of a message is one. What a template decides
// here: whether the frame is that of the family at all, whether a conversation
// starts with bos, and whether the answer is opened with <think>.

#ifndef LFM2C_LIB_MODEL_CHATFORM_H
#define LFM2C_LIB_MODEL_CHATFORM_H

#include "lfm2rt/tokenizer_format.h"
#include "lib/Model/TokenizerSpec.h"

#include <array>

namespace lfm2c {

struct ChatForm {
  bool known = false;     // The strings are those of the model.
  bool startsBos = false; // The template prints bos, once, at the start.
  // What the form was derived from, as --info shows it.
  const char *source = "none: the vocabulary has no <|im_start|>, <|im_end|>";
  std::array<std::string, LFM2_CHAT_NUM_STRINGS> strings; // LFM2_CHAT_*
};

/// Derives the chat form from the checkpoint's template; without a template,
/// from the tokens <|im_start|> and <|im_end|>. Not known where neither says
/// so.
ChatForm deriveChatForm(const TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_CHATFORM_H
