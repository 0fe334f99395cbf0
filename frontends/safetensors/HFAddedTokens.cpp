// "added_tokens" of tokenizer.json: tokens that are found in a text before it
// is split, with the flags that say where.

#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringMap.h"

using namespace lfm2c;

std::optional<llvm::StringRef>
lfm2c::contentOfHFToken(const json::Value &value) {
  if (const json::Object *object = value.getAsObject())
    return object->getString("content");
  return value.getAsString();
}

llvm::Error lfm2c::addHFToken(int64_t id, const JSONReader &entry,
                              TokenizerSpec &spec) {
  AddedToken token;
  if (llvm::Error error = entry.require("content", token.content))
    return error;
  const struct {
    const char *key;
    bool &out;
  } flags[] = {{"special", token.special},
               {"lstrip", token.lstrip},
               {"rstrip", token.rstrip},
               {"single_word", token.singleWord},
               {"normalized", token.normalized}};
  for (const auto &flag : flags)
    if (llvm::Error error = entry.read(flag.key, flag.out))
      return error;
  if (token.content.empty())
    return makeError("{0}: added token {1} is empty", entry.getFile(), id);
  token.inVocabulary = id >= 0 && size_t(id) < spec.tokens.size() &&
                       spec.types[id] == TokenType::Normal &&
                       spec.tokens[id] == token.content;
  if (llvm::Error error = placeHFToken(id, token.content,
                                       token.special ? TokenType::Control
                                                     : TokenType::UserDefined,
                                       entry.getFile(), spec))
    return error;
  token.id = int32_t(id);
  spec.added.push_back(std::move(token));
  return llvm::Error::success();
}

llvm::Error lfm2c::sortHFAddedTokens(TokenizerSpec &spec,
                                     llvm::StringRef file) {
  llvm::sort(spec.added, [](const AddedToken &a, const AddedToken &b) {
    return a.id < b.id;
  });
  for (size_t i = 1; i < spec.added.size(); ++i)
    if (spec.added[i - 1].id == spec.added[i].id)
      return makeError("{0}: added tokens {1} and {2} have the same id {3}",
                       file, quoted(spec.added[i - 1].content),
                       quoted(spec.added[i].content), spec.added[i].id);
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFAddedTokens(const JSONReader &reader,
                                     TokenizerSpec &spec) {
  const json::Array *added = nullptr;
  if (llvm::Error error = reader.read("added_tokens", added))
    return error;
  if (!added)
    return llvm::Error::success();
  llvm::StringMap<int64_t> vocabulary;
  for (size_t id = 0; id < spec.tokens.size(); ++id)
    if (spec.types[id] != TokenType::Unused)
      vocabulary[spec.tokens[id]] = int64_t(id);
  for (const json::Value &value : *added) {
    const json::Object *object = value.getAsObject();
    if (!object)
      return makeError("{0}: added_tokens should be a list of objects",
                       reader.getFile());
    JSONReader entry(*object, reader.getFile());
    int64_t id = 0;
    if (llvm::Error error = entry.require("id", id))
      return error;
    if (llvm::Error error = addHFToken(id, entry, spec))
      return error;
    // Which of the two a text gets would be anybody's guess.
    const llvm::StringRef content = spec.added.back().content;
    const auto known = vocabulary.find(content);
    if (known != vocabulary.end() && known->second != id)
      return makeError("{0}: added token {1} has id {2}, but the vocabulary "
                       "has it with id {3}; save the tokenizer again",
                       reader.getFile(), quoted(content), id, known->second);
  }
  return sortHFAddedTokens(spec, reader.getFile());
}
