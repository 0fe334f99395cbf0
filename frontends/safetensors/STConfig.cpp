// config_sentence_transformers.json and sentence_bert_config.json: prompts,
// lengths and, for late interaction, PyLate's settings.

#include "frontends/safetensors/STReader.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;

namespace {

constexpr size_t maxValues = 1 << 14;

llvm::Error readPrompts(const JSONReader &reader, EmbeddingConfig &embedding) {
  const json::Object *prompts = nullptr;
  if (llvm::Error error = reader.read("prompts", prompts))
    return error;
  if (prompts)
    for (const json::Member &member : *prompts) {
      std::optional<llvm::StringRef> text = member.second.getAsString();
      if (!text)
        return makeError("{0}: prompt {1} should be a string", reader.getFile(),
                         quoted(member.first));
      embedding.prompts.emplace_back(member.first.str(), text->str());
    }
  if (llvm::Error error =
          reader.read("default_prompt_name", embedding.defaultPrompt))
    return error;
  if (embedding.defaultPrompt.empty() ||
      llvm::any_of(embedding.prompts, [&](const auto &prompt) {
        return prompt.first == embedding.defaultPrompt;
      }))
    return llvm::Error::success();
  return makeError("{0}: default_prompt_name is {1}, which is none of the "
                   "{2} prompts",
                   reader.getFile(), quoted(embedding.defaultPrompt),
                   embedding.prompts.size());
}

/// PyLate's settings of a model of late interaction.
class PyLateReader {
public:
  PyLateReader(const JSONReader &reader, const TokenizerSpec &spec,
               EmbeddingConfig &embedding, std::vector<std::string> &warnings)
      : reader(reader), spec(spec), embedding(embedding), warnings(warnings) {}

  llvm::Error run() {
    if (llvm::Error error = readPrefix("query_prefix", "[Q] ", "query"))
      return error;
    if (llvm::Error error = readPrefix("document_prefix", "[D] ", "document"))
      return error;
    if (llvm::Error error = readSkipList())
      return error;
    return readLengths();
  }

private:
  /// The id of the token that is written exactly so.
  std::optional<int32_t> findToken(llvm::StringRef text) const {
    auto it = llvm::find(spec.tokens, text);
    if (it == spec.tokens.end() ||
        spec.types[it - spec.tokens.begin()] == TokenType::Unused)
      return std::nullopt;
    return int32_t(it - spec.tokens.begin());
  }

  /// PyLate puts the one token that the prefix is behind the first of a text.
  /// A prompt does the same, as long as it is one token.
  llvm::Error readPrefix(llvm::StringRef key, llvm::StringRef usual,
                         llvm::StringRef name) {
    std::string prefix = findToken(usual) ? usual.str() : "";
    if (llvm::Error error = reader.read(key, prefix))
      return error;
    if (prefix.empty())
      return llvm::Error::success();
    if (llvm::none_of(spec.added, [&](const AddedToken &token) {
          return token.content == prefix;
        }))
      return makeError("{0}: {1} is {2}, which is none of the tokenizer's "
                       "added tokens; save the model with PyLate, which adds "
                       "it",
                       reader.getFile(), key, quoted(prefix));
    for (auto &prompt : embedding.prompts)
      if (prompt.first == name) {
        prompt.second.insert(0, prefix);
        return llvm::Error::success();
      }
    embedding.prompts.emplace_back(name.str(), prefix);
    return llvm::Error::success();
  }

  llvm::Error readSkipList() {
    std::vector<std::string> words;
    // What PyLate leaves out by itself: punctuation.
    for (char c = '!'; c <= '~'; ++c)
      if (!llvm::isAlnum(c))
        words.push_back(std::string(1, c));
    if (llvm::Error error = reader.read("skiplist_words", words))
      return error;
    for (const std::string &word : words)
      if (std::optional<int32_t> id = findToken(word))
        embedding.skipIds.push_back(*id);
    llvm::sort(embedding.skipIds);
    embedding.skipIds.erase(llvm::unique(embedding.skipIds),
                            embedding.skipIds.end());
    return llvm::Error::success();
  }

  llvm::Error readLengths() {
    bool expands = true;
    int64_t query = 32;
    if (llvm::Error error = reader.read("do_query_expansion", expands))
      return error;
    if (llvm::Error error = reader.read("query_length", query))
      return error;
    if (llvm::Error error = reader.read("document_length", embedding.maxTokens))
      return error;
    if (expands)
      warnings.push_back(
          llvm::formatv("{0}: do_query_expansion is true, but queries are not "
                        "filled up to query_length ({1} tokens): they give "
                        "the vectors of their own tokens",
                        reader.getFile(), query)
              .str());
    return llvm::Error::success();
  }

  const JSONReader &reader;
  const TokenizerSpec &spec;
  EmbeddingConfig &embedding;
  std::vector<std::string> &warnings;
};

} // namespace

llvm::Error lfm2c::readSTConfig(llvm::StringRef text, llvm::StringRef file,
                                const TokenizerSpec &spec,
                                EmbeddingConfig &embedding,
                                std::vector<std::string> &warnings) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  const JSONReader reader(*object, file);
  if (llvm::Error error = readPrompts(reader, embedding))
    return error;
  std::string similarity;
  int64_t width = embedding.width;
  if (llvm::Error error = reader.read("similarity_fn_name", similarity))
    return error;
  if (llvm::Error error = reader.read("truncate_dim", width))
    return error;
  // These see the length of a vector. For all others 1 is as good as any, and
  // what a search expects.
  if (similarity == "dot" || similarity == "euclidean" ||
      similarity == "manhattan")
    embedding.normalize = false;
  if (width != embedding.width)
    warnings.push_back(
        llvm::formatv("{0}: truncate_dim is {1}, but vectors keep all their "
                      "{2} elements; cut them where they are used",
                      file, width, embedding.width)
            .str());
  if (!embedding.perToken)
    return llvm::Error::success();
  return PyLateReader(reader, spec, embedding, warnings).run();
}

llvm::Error lfm2c::readSTTransformerConfig(llvm::StringRef text,
                                           llvm::StringRef file,
                                           EmbeddingConfig &embedding) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxValues);
  if (!object)
    return object.takeError();
  const JSONReader reader(*object, file);
  bool lower = false;
  if (llvm::Error error = reader.read("do_lower_case", lower))
    return error;
  if (lower)
    return makeError("{0}: do_lower_case is true, but texts are not put into "
                     "lower case",
                     file);
  int64_t most = 0;
  if (llvm::Error error = reader.read("max_seq_length", most))
    return error;
  // PyLate's length counts the prefix, which this one does not.
  if (embedding.maxTokens == 0)
    embedding.maxTokens = most;
  return llvm::Error::success();
}
