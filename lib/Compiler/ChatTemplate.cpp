#include "lib/Compiler/ChatTemplate.h"

#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "lib/Weights/Checkpoint.h"

using namespace lfm2c;

llvm::Expected<ChatForm> lfm2c::chooseChatForm(const Checkpoint &checkpoint,
                                               llvm::StringRef replacement) {
  if (replacement == "none" || checkpoint.tokenizer.empty())
    return ChatForm();
  if (replacement.empty()) {
    auto form = deriveChatForm(checkpoint.tokenizer);
    if (form)
      return form;
    return makeError("{0}: {1}; give a template that is simpler with "
                     "--chat-template=FILE, or leave it out with "
                     "--chat-template=none",
                     checkpoint.path, llvm::toString(form.takeError()));
  }
  auto file = MappedFile::open(replacement);
  if (!file)
    return file.takeError();
  TokenizerSpec spec = checkpoint.tokenizer;
  spec.chatTemplate = (*file)->text().str();
  if (spec.chatTemplate.empty())
    return makeError("{0}: expected a chat template, found an empty file",
                     replacement);
  auto form = deriveChatForm(spec);
  if (!form)
    return makeError("{0}: {1}", replacement, llvm::toString(form.takeError()));
  form->source = "--chat-template";
  return form;
}
