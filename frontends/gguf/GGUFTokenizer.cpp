// tokenizer.* keys.

#include "frontends/gguf/GGUFConfig.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Support/Error.h"
#include <algorithm>

using namespace lfm2c;

namespace {

class TokenizerReader {
public:
  TokenizerReader(const GGUFFile &file, llvm::StringRef pre, bool causal,
                  std::vector<std::string> &warnings)
      : file(file), pre(pre), causal(causal), warnings(warnings) {}
  llvm::Expected<TokenizerSpec> run();

private:
  llvm::Error checkKind();
  llvm::Error readPreTokenizer();
  llvm::Error readTokens();
  llvm::Error readMerges();
  llvm::Error readIds();
  llvm::Error readId(const char *key, std::optional<int32_t> &out);
  llvm::Error readFlags();

  const GGUFFile &file;
  llvm::StringRef pre;
  bool causal;
  std::vector<std::string> &warnings;
  TokenizerSpec spec;
};

} // namespace

llvm::Error TokenizerReader::checkKind() {
  auto model = file.getString("tokenizer.ggml.model");
  if (!model)
    return model.takeError();
  if (!*model || **model != "gpt2")
    return makeError("{0}: tokenizer model {1} is not supported; supported is "
                     "gpt2 (byte-level BPE)",
                     file.getPath(), *model ? quoted(**model) : "(none)");
  return llvm::Error::success();
}

/// By the name that the user gave, or the file's. Files from before there was a
/// name are split as llama.cpp splits them.
llvm::Error TokenizerReader::readPreTokenizer() {
  auto named = file.getString("tokenizer.ggml.pre");
  if (!named)
    return named.takeError();
  if (!pre.empty())
    return usePreTokenizer(pre, "--pre", spec);
  if (!*named)
    warnings.push_back(
        llvm::formatv("{0}: tokenizer.ggml.pre is missing, so text is split by "
                      "'default', as llama.cpp does; --pre=NAME names another "
                      "split",
                      file.getPath())
            .str());
  return usePreTokenizer(named->value_or("default"), file.getPath(), spec);
}

llvm::Error TokenizerReader::readTokens() {
  auto tokens = file.getStrings("tokenizer.ggml.tokens");
  if (!tokens)
    return tokens.takeError();
  if (!*tokens || (*tokens)->empty())
    return makeError("{0}: metadata key tokenizer.ggml.tokens is missing or "
                     "empty",
                     file.getPath());
  for (llvm::StringRef token : **tokens)
    spec.tokens.push_back(token.str());
  spec.types.assign(spec.tokens.size(), TokenType::Normal);

  auto types = file.getInts("tokenizer.ggml.token_type");
  if (!types)
    return types.takeError();
  if (*types && (*types)->size() != spec.tokens.size())
    return makeError("{0}: tokenizer.ggml.token_type should have an entry for "
                     "each of the {1} tokens but has {2}",
                     file.getPath(), spec.tokens.size(), (*types)->size());
  for (size_t i = 0; *types && i < spec.tokens.size(); ++i) {
    int64_t type = (**types)[i];
    if (type < int64_t(TokenType::Normal) || type > int64_t(TokenType::Byte))
      return makeError("{0}: token {1} has type {2}, but types go from 1 to 6",
                       file.getPath(), i, type);
    spec.types[i] = TokenType(type);
  }
  // Rows of the embedding without a token fill up the end of the list.
  while (!spec.tokens.empty() && spec.types.back() == TokenType::Unused) {
    spec.tokens.pop_back();
    spec.types.pop_back();
  }
  for (size_t i = 0; i < spec.tokens.size(); ++i)
    if (spec.types[i] == TokenType::Control ||
        spec.types[i] == TokenType::UserDefined)
      spec.added.push_back(
          {int32_t(i), spec.tokens[i], spec.types[i] == TokenType::Control});
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readMerges() {
  auto merges = file.getStrings("tokenizer.ggml.merges");
  if (!merges)
    return merges.takeError();
  if (!*merges)
    return makeError("{0}: metadata key tokenizer.ggml.merges is missing",
                     file.getPath());
  for (llvm::StringRef merge : **merges) {
    // The parts have no spaces: a space is a letter of its own in this form.
    auto [left, right] = merge.split(' ');
    if (left.empty() || right.empty())
      return makeError("{0}: merge {1} is {2}, which is not two parts with a "
                       "space between",
                       file.getPath(), spec.merges.size(), quoted(merge));
    spec.merges.emplace_back(left.str(), right.str());
  }
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readId(const char *key,
                                    std::optional<int32_t> &out) {
  auto id = file.getInt(key);
  if (!id)
    return id.takeError();
  if (!*id)
    return llvm::Error::success();
  // None, as a 32-bit number with a sign or without.
  if (**id < 0 || **id == UINT32_MAX)
    return llvm::Error::success();
  if (**id > INT32_MAX)
    return makeError("{0}: {1} is {2}, which is no token", file.getPath(), key,
                     **id);
  out = int32_t(**id);
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readIds() {
  std::optional<int32_t> turn, message;
  const struct {
    const char *key;
    std::optional<int32_t> &out;
  } ids[] = {{"tokenizer.ggml.bos_token_id", spec.bos},
             {"tokenizer.ggml.eos_token_id", spec.eos},
             {"tokenizer.ggml.padding_token_id", spec.pad},
             {"tokenizer.ggml.eot_token_id", turn},
             {"tokenizer.ggml.eom_token_id", message}};
  for (const auto &id : ids)
    if (llvm::Error error = readId(id.key, id.out))
      return error;
  for (std::optional<int32_t> id : {spec.eos, turn, message})
    if (id)
      spec.stop.push_back(*id);
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readFlags() {
  auto addBos = file.getBool("tokenizer.ggml.add_bos_token");
  if (!addBos)
    return addBos.takeError();
  spec.addBos = addBos->value_or(spec.addBos) && spec.bos.has_value();
  auto addEos = file.getBool("tokenizer.ggml.add_eos_token");
  if (!addEos)
    return addEos.takeError();
  if (addEos->value_or(false) && !spec.eos)
    return makeError("{0}: tokenizer.ggml.add_eos_token is true, but "
                     "tokenizer.ggml.eos_token_id names no token; expected "
                     "the one that is put behind a text",
                     file.getPath());
  if (addEos->value_or(false) && !causal)
    spec.end = spec.eos;
  else if (addEos->value_or(false))
    warnings.push_back(
        llvm::formatv("{0}: tokenizer.ggml.add_eos_token is true, but no end "
                      "token is put behind a prompt, as the model is to "
                      "continue it",
                      file.getPath())
            .str());
  auto chat = file.getString("tokenizer.chat_template");
  if (!chat)
    return chat.takeError();
  spec.chatTemplate = chat->value_or("").str();
  return llvm::Error::success();
}

llvm::Expected<TokenizerSpec> TokenizerReader::run() {
  if (!file.has("tokenizer.ggml.model") && !file.has("tokenizer.ggml.tokens"))
    return std::move(spec);
  using Step = llvm::Error (TokenizerReader::*)();
  constexpr Step steps[] = {
      &TokenizerReader::checkKind,  &TokenizerReader::readPreTokenizer,
      &TokenizerReader::readTokens, &TokenizerReader::readMerges,
      &TokenizerReader::readIds,    &TokenizerReader::readFlags,
  };
  for (Step step : steps)
    if (llvm::Error error = (this->*step)())
      return error;
  finishTokenizer(spec);
  return std::move(spec);
}

llvm::Expected<TokenizerSpec>
lfm2c::readGGUFTokenizer(const GGUFFile &file, llvm::StringRef pre, bool causal,
                         std::vector<std::string> &warnings) {
  return TokenizerReader(file, pre, causal, warnings).run();
}
