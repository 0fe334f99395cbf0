#include "lib/Model/ChatForm.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

using namespace lfm2c;
using llvm::StringRef;

// Whether the opening of an answer holds <think>. A template that lets the
// caller switch reasoning off closes the tag there, too: it does not always
// think, and the answer is opened plainly.
static bool alwaysThinks(StringRef chatTemplate) {
  const size_t opening = chatTemplate.rfind("add_generation_prompt");
  if (opening == StringRef::npos)
    return false;
  const StringRef tail = chatTemplate.substr(opening);
  return tail.contains("<think>") && !tail.contains("</think>");
}

ChatForm lfm2c::deriveChatForm(const TokenizerSpec &spec) {
  ChatForm form;
  const auto isLiteral = [&](StringRef text) {
    return llvm::any_of(spec.added, [&](const AddedToken &token) {
      return token.content == text;
    });
  };
  if (!isLiteral("<|im_start|>") || !isLiteral("<|im_end|>"))
    return form;

  const StringRef chatTemplate = spec.chatTemplate;
  form.startsBos = spec.addBos;
  form.source = "the tokens <|im_start|>, <|im_end|>; no template";
  if (!chatTemplate.empty()) {
    form.source = "none: the checkpoint's template does not use <|im_start|>, "
                  "<|im_end|>";
    if (!chatTemplate.contains("<|im_start|>") ||
        !chatTemplate.contains("<|im_end|>"))
      return form;
    form.startsBos = chatTemplate.contains("bos_token");
    if (spec.bos && size_t(*spec.bos) < spec.tokens.size())
      form.startsBos |= chatTemplate.contains(spec.tokens[size_t(*spec.bos)]);
  }

  if (!chatTemplate.empty())
    form.source = "the checkpoint's template";
  form.known = true;
  auto &strings = form.strings;
  strings[LFM2_CHAT_SYSTEM_PREFIX] = "<|im_start|>system\n";
  strings[LFM2_CHAT_USER_PREFIX] = "<|im_start|>user\n";
  strings[LFM2_CHAT_ASSISTANT_PREFIX] = "<|im_start|>assistant\n";
  strings[LFM2_CHAT_SYSTEM_SUFFIX] = "<|im_end|>\n";
  strings[LFM2_CHAT_USER_SUFFIX] = "<|im_end|>\n";
  strings[LFM2_CHAT_ASSISTANT_SUFFIX] = "<|im_end|>\n";
  strings[LFM2_CHAT_GENERATION] = strings[LFM2_CHAT_ASSISTANT_PREFIX];
  if (alwaysThinks(chatTemplate))
    strings[LFM2_CHAT_GENERATION] += "<think>";
  return form;
}
