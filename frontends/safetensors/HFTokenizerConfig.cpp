// tokenizer_config.json: which tokens are special, and the chat template.

#include "frontends/safetensors/HFTokenizer.h"
#include "lib/Support/CheckedJSON.h"

using namespace lfm2c;

/// The file may describe each added token once more, by seven values.
constexpr size_t maxConfigValues = 1500000;

/// A token is named by its text, or by an object with it.
static std::optional<int32_t> findToken(const json::Value *value,
                                        const TokenizerSpec &spec) {
  if (!value)
    return std::nullopt;
  std::optional<llvm::StringRef> content = value->getAsString();
  if (const json::Object *object = value->getAsObject())
    content = object->getString("content");
  if (content)
    for (const AddedToken &token : spec.added)
      if (token.content == *content)
        return token.id;
  return std::nullopt;
}

llvm::Error lfm2c::readHFTokenizerConfig(llvm::StringRef text,
                                         llvm::StringRef file,
                                         TokenizerSpec &spec) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxConfigValues);
  if (!object)
    return object.takeError();
  JSONReader reader(*object, file);
  const struct {
    const char *key;
    std::optional<int32_t> &out;
  } entries[] = {{"bos_token", spec.bos},
                 {"eos_token", spec.eos},
                 {"pad_token", spec.pad}};
  for (const auto &entry : entries)
    if (std::optional<int32_t> id = findToken(reader.find(entry.key), spec))
      entry.out = id;

  const json::Value *chat = reader.find("chat_template");
  if (!chat)
    return llvm::Error::success();
  if (std::optional<llvm::StringRef> one = chat->getAsString()) {
    spec.chatTemplate = one->str();
  } else if (const json::Array *several = chat->getAsArray()) {
    for (const json::Value &value : *several)
      if (const json::Object *named = value.getAsObject();
          named && named->getString("name").value_or("") == "default")
        spec.chatTemplate = named->getString("template").value_or("").str();
  }
  return llvm::Error::success();
}
