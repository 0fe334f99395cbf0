// tokenizer_config.json: which tokens are special, and the chat template.

#include "frontends/safetensors/HFTokenizer.h"
#include "frontends/safetensors/HFTokenizerParts.h"

using namespace lfm2c;

/// The file may describe each added token once more, by seven values.
constexpr size_t maxConfigValues = 1500000;

static std::optional<int32_t> findToken(const json::Value *value,
                                        const TokenizerSpec &spec) {
  if (!value)
    return std::nullopt;
  if (const std::optional<llvm::StringRef> content = contentOfHFToken(*value))
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
