#include "lib/Compiler/ChatTemplate.h"

#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "lib/Weights/Checkpoint.h"

using namespace lfm2c;

static llvm::Expected<std::string> readTemplate(llvm::StringRef path) {
  auto file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  if ((*file)->text().empty())
    return makeError("{0}: expected a chat template, found an empty file",
                     path);
  return (*file)->text().str();
}

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
  auto text = readTemplate(replacement);
  if (!text)
    return text.takeError();
  TokenizerSpec spec = checkpoint.tokenizer;
  spec.chatTemplate = std::move(*text);
  auto form = deriveChatForm(spec);
  if (!form)
    return makeError("{0}: {1}", replacement, llvm::toString(form.takeError()));
  form->source = "--chat-template";
  return form;
}

llvm::Error lfm2c::replaceChatTemplate(Checkpoint &checkpoint,
                                       llvm::StringRef replacement) {
  if (replacement.empty())
    return llvm::Error::success();
  std::string &text = checkpoint.tokenizer.chatTemplate;
  text.clear();
  if (replacement == "none")
    return llvm::Error::success();
  auto read = readTemplate(replacement);
  if (!read)
    return read.takeError();
  text = std::move(*read);
  return llvm::Error::success();
}
