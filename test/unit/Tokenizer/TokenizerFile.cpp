#include "test/unit/Tokenizer/TokenizerFile.h"
#include "lib/Model/TokenizerTables.h"

#include "llvm/Support/JSON.h"
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
  auto json = llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return json.takeError();
  const llvm::json::Object &outline = *json->getAsObject();
  const llvm::json::Object &model = *outline.getObject("model");

  TokenizerSpec spec;
  const auto place = [&](size_t id, llvm::StringRef token, TokenType type) {
    if (spec.tokens.size() <= id) {
      spec.tokens.resize(id + 1);
      spec.types.resize(id + 1, TokenType::Unused);
    }
    spec.tokens[id] = token.str();
    spec.types[id] = type;
  };
  for (const auto &[token, id] : *model.getObject("vocab"))
    place(size_t(*id.getAsInteger()), token, TokenType::Normal);
  for (const llvm::json::Value &value : *outline.getArray("added_tokens")) {
    const llvm::json::Object &token = *value.getAsObject();
    const int64_t id = *token.getInteger("id");
    const bool special = *token.getBoolean("special");
    const llvm::StringRef content = *token.getString("content");
    place(size_t(id), content,
          special ? TokenType::Control : TokenType::UserDefined);
    const auto flag = [&](llvm::StringRef key) {
      return token.getBoolean(key).value_or(false);
    };
    spec.added.push_back({int32_t(id), content.str(), special, flag("lstrip"),
                          flag("rstrip"), flag("single_word"),
                          flag("normalized")});
    if (content == "<|startoftext|>")
      spec.bos = int32_t(id);
    if (content == "<|im_end|>")
      spec.eos = int32_t(id);
    if (content == "<|im_end|>" || content == "<|endoftext|>")
      spec.stop.push_back(int32_t(id));
  }
  for (const llvm::json::Value &merge : *model.getArray("merges"))
    if (const llvm::json::Array *pair = merge.getAsArray())
      spec.merges.emplace_back(*(*pair)[0].getAsString(),
                               *(*pair)[1].getAsString());
  spec.splits.push_back({familySplit});
  if (const llvm::json::Object *normalizer = outline.getObject("normalizer"))
    if (normalizer->getString("type") == "NFC")
      spec.normalizer = Normalizer::NFC;
  spec.ignoreMerges = model.getBoolean("ignore_merges").value_or(false);
  return std::move(spec);
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
  auto section = buildTokenizerSection(spec);
  if (!section)
    return section.takeError();
  return OpenTokenizer(std::move(*section));
}

std::vector<int32_t> OpenTokenizer::encode(llvm::StringRef text,
                                           int32_t flags) const {
  const uint64_t workBytes = lfm2_tokenizer_work_bytes(&tokenizer, text.size());
  const std::unique_ptr<char[]> work(new char[workBytes]); // Mostly untouched.
  std::vector<int32_t> ids(lfm2_tokenizer_most_bytes(&tokenizer, text.size()) +
                           1); // And bos.
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
