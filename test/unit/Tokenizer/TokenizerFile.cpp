#include "test/unit/Tokenizer/TokenizerFile.h"
#include "frontends/gguf/GGUFConfig.h"
#include "frontends/safetensors/HFTokenizer.h"
#include "lib/Model/TokenizerTables.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

using namespace lfm2c;

llvm::Expected<TokenizerSpec> lfm2c::readTokenizerFile(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::createStringError(buffer.getError(), "cannot read the file");
  llvm::StringRef text = (*buffer)->getBuffer();
  if (text.starts_with("GGUF")) {
    auto file = GGUFFile::parse(llvm::arrayRefFromStringRef(text), path);
    if (!file)
      return file.takeError();
    std::vector<std::string> warnings;
    return readGGUFTokenizer(*file, "", /*causal=*/true, warnings);
  }
  llvm::Expected<TokenizerSpec> spec = readHFTokenizer(text, path);
  if (!spec)
    return spec.takeError();
  for (const AddedToken &token : spec->added) {
    if (token.content == "<|startoftext|>")
      spec->bos = token.id;
    if (token.content == "<|im_end|>")
      spec->eos = token.id;
  }
  finishTokenizer(*spec);
  return std::move(*spec);
}

OpenTokenizer::OpenTokenizer(std::vector<uint8_t> section)
    : bytes(section.size()), words((section.size() + 7) / 8) {
  std::memcpy(words.data(), section.data(), section.size());
  const int outcome = lfm2_tokenizer_open(
      &tokenizer, reinterpret_cast<const uint8_t *>(words.data()), bytes);
  if (outcome != LFM2_TOKENIZER_OK) {
    std::fprintf(stderr, "%s\n", lfm2_tokenizer_open_message(outcome));
    std::abort();
  }
}

llvm::Expected<OpenTokenizer>
OpenTokenizer::fromSpec(const TokenizerSpec &spec) {
  auto chat = deriveChatForm(spec);
  if (!chat)
    return chat.takeError();
  auto section = buildTokenizerSection(spec, *chat);
  if (!section)
    return section.takeError();
  return OpenTokenizer(std::move(*section));
}

std::vector<int32_t> OpenTokenizer::encode(llvm::StringRef text,
                                           int32_t flags) const {
  const uint64_t workBytes = lfm2_tokenizer_work_bytes(&tokenizer, text.size());
  const std::unique_ptr<char[]> work(new char[workBytes]); // Mostly untouched.
  std::vector<int32_t> ids(lfm2_tokenizer_most_ids(&tokenizer, text.size()));
  const int64_t count =
      lfm2_tokenizer_encode(&tokenizer, text.data(), text.size(), flags,
                            ids.data(), ids.size(), work.get(), workBytes);
  if (count < 0) {
    std::fprintf(stderr, "encoding of %zu bytes failed\n", text.size());
    std::abort();
  }
  ids.resize(size_t(count));
  return ids;
}

std::string OpenTokenizer::decode(llvm::ArrayRef<int32_t> ids) const {
  std::string text;
  for (int32_t id : ids) {
    uint32_t length;
    const char *piece = lfm2_tokenizer_piece(&tokenizer, id, &length);
    text.append(piece, length);
  }
  return text;
}
