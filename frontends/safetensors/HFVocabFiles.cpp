// vocab.json and merges.txt without tokenizer.json, as byte-level tokenizers of
// GPT-2's kind were saved before it, and the files beside them.
//
// How the text is split stands in none of these files; tokenizer_config.json
// names a class, and transformers knows: GPT2Tokenizer splits as GPT-2 does,
// Qwen2Tokenizer as Qwen2 does, of text in NFC. Another class, or none, says
// nothing, so that the family's split is taken, with a warning.

#include "frontends/safetensors/HFTokenizer.h"
#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

constexpr size_t maxValues = 1500000;

static const char qwen2Split[] =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| "
    "?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

llvm::Error lfm2c::readHFVocabFile(llvm::StringRef text, llvm::StringRef file,
                                   TokenizerSpec &spec) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  spec.addBos = false;
  return readHFVocabulary(*object, file, spec);
}

llvm::Error lfm2c::readHFMergesFile(llvm::StringRef text, llvm::StringRef file,
                                    TokenizerSpec &spec) {
  text.consume_front("\xef\xbb\xbf"); // A byte order mark.
  for (size_t number = 1; !text.empty(); ++number) {
    llvm::StringRef line;
    std::tie(line, text) = text.split('\n');
    line = line.trim();
    // The first line is a comment with the version.
    if (line.empty() || (number == 1 && line.starts_with("#version")))
      continue;
    auto [left, right] = line.split(' ');
    if (left.empty() || right.empty() || right.contains(' '))
      return makeError("{0}: line {1} is {2}, which is not two parts with a "
                       "space between",
                       file, number, quoted(line));
    spec.merges.emplace_back(left.str(), right.str());
  }
  return llvm::Error::success();
}

/// The added token of this text; one more where there is none, with the id that
/// the vocabulary has for it, or the next free one.
static llvm::Expected<AddedToken *>
findOrAdd(llvm::StringRef content, llvm::StringRef file, TokenizerSpec &spec) {
  for (AddedToken &token : spec.added)
    if (token.content == content)
      return &token;
  const size_t id = llvm::find(spec.tokens, content) - spec.tokens.begin();
  if (llvm::Error error = placeHFToken(int64_t(id), content,
                                       TokenType::UserDefined, file, spec))
    return std::move(error);
  AddedToken token;
  token.id = int32_t(id);
  token.content = content.str();
  spec.added.push_back(std::move(token));
  return &spec.added.back();
}

llvm::Error lfm2c::readHFAddedTokensFile(llvm::StringRef text,
                                         llvm::StringRef file,
                                         TokenizerSpec &spec) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  for (const auto &entry : object->root()) {
    std::optional<int64_t> id = entry.second.getAsInteger();
    if (!id || entry.first.empty())
      return makeError("{0}: the id of token {1} should be an integer", file,
                       quoted(entry.first));
    if (llvm::Error error =
            placeHFToken(*id, entry.first, TokenType::UserDefined, file, spec))
      return error;
    AddedToken token;
    token.id = int32_t(*id);
    token.content = entry.first.str();
    token.normalized = true;
    spec.added.push_back(std::move(token));
  }
  return llvm::Error::success();
}

static llvm::Error makeSpecial(llvm::StringRef content, llvm::StringRef file,
                               TokenizerSpec &spec) {
  llvm::Expected<AddedToken *> token = findOrAdd(content, file, spec);
  if (!token)
    return token.takeError();
  (*token)->special = true;
  (*token)->normalized = false;
  spec.types[(*token)->id] = TokenType::Control;
  return llvm::Error::success();
}

static llvm::Error makeSpecial(const json::Value &value, llvm::StringRef file,
                               TokenizerSpec &spec) {
  const std::optional<llvm::StringRef> content = contentOfHFToken(value);
  if (!content || content->empty())
    return llvm::Error::success();
  return makeSpecial(*content, file, spec);
}

/// Both files name special tokens under these keys.
static llvm::Error readSpecialTokens(const JSONReader &reader,
                                     TokenizerSpec &spec) {
  for (const char *key : {"bos_token", "eos_token", "unk_token", "sep_token",
                          "pad_token", "cls_token", "mask_token"})
    if (const json::Value *value = reader.find(key))
      if (llvm::Error error = makeSpecial(*value, reader.getFile(), spec))
        return error;
  for (const char *key : {"additional_special_tokens", "extra_special_tokens"})
    if (const json::Value *value = reader.find(key))
      if (const json::Array *list = value->getAsArray())
        for (const json::Value &token : *list)
          if (llvm::Error error = makeSpecial(token, reader.getFile(), spec))
            return error;
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFSpecialTokensMap(llvm::StringRef text,
                                          llvm::StringRef file,
                                          TokenizerSpec &spec) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  return readSpecialTokens(JSONReader(*object, file), spec);
}

/// added_tokens_decoder: objects as in tokenizer.json, by id. Where it is, it
/// replaces added_tokens.json.
static llvm::Error readDecoder(const JSONReader &reader, TokenizerSpec &spec) {
  const json::Object *decoder = nullptr;
  if (llvm::Error error = reader.read("added_tokens_decoder", decoder))
    return error;
  if (!decoder)
    return llvm::Error::success();
  spec.added.clear();
  for (const auto &entry : *decoder) {
    int64_t id = 0;
    const json::Object *object = entry.second.getAsObject();
    if (entry.first.getAsInteger(10, id) || !object)
      return makeError("{0}: added_tokens_decoder has {1}, but expected an id "
                       "with an object",
                       reader.getFile(), quoted(entry.first));
    if (llvm::Error error =
            addHFToken(id, JSONReader(*object, reader.getFile()), spec))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFTokenizerClass(llvm::StringRef text,
                                        llvm::StringRef file,
                                        TokenizerSpec &spec) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  JSONReader reader(*object, file);
  std::string name;
  bool prefix = false;
  if (llvm::Error error = readDecoder(reader, spec))
    return error;
  if (llvm::Error error = readSpecialTokens(reader, spec))
    return error;
  if (llvm::Error error = reader.read("add_bos_token", spec.addBos))
    return error;
  if (llvm::Error error = reader.read("add_prefix_space", prefix))
    return error;
  if (llvm::Error error = reader.read("tokenizer_class", name))
    return error;
  if (prefix)
    return makeError("{0}: add_prefix_space is not supported", file);
  llvm::StringRef kind = name;
  kind.consume_back("Fast");
  if (kind != "GPT2Tokenizer" && kind != "Qwen2Tokenizer")
    return llvm::Error::success();
  // Both classes have this token where the file names no other.
  if (llvm::is_contained(spec.tokens, "<|endoftext|>"))
    if (llvm::Error error = makeSpecial("<|endoftext|>", file, spec))
      return error;
  spec.pre = name;
  if (kind == "GPT2Tokenizer") {
    spec.splits.push_back({gpt2Split});
  } else {
    spec.splits.push_back({qwen2Split});
    spec.normalizer = Normalizer::NFC;
  }
  return llvm::Error::success();
}

llvm::Error lfm2c::finishHFVocabFiles(llvm::StringRef directory,
                                      TokenizerSpec &spec,
                                      std::vector<std::string> &warnings) {
  if (spec.splits.empty()) {
    warnings.push_back((directory +
                        " has vocab.json but no tokenizer.json, and no "
                        "tokenizer_class that says how a text is split: it is "
                        "split as LFM2 does; --pre=NAME names another split")
                           .str());
    spec.splits.push_back({familySplit});
  }
  nameUnusedTokens(spec);
  return sortHFAddedTokens(spec, directory);
}
