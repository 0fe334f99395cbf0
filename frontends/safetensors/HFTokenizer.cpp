// tokenizer.json says more than the family uses. What is used is read; what
// would change the ids and is not supported is refused by name, never skipped.

#include "frontends/safetensors/HFTokenizer.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringMap.h"

using namespace lfm2c;

namespace {

/// The largest vocabulary of the family has 128,000 tokens and 293,000 merges,
/// each merge a list of two: about a million values. As many again and half of
/// that are left for added tokens, of eight values each.
constexpr size_t maxTokenizerValues = 2500000;
constexpr int64_t maxTokenId = 1 << 19;

class TokenizerReader {
public:
  TokenizerReader(const json::Object &object, llvm::StringRef file,
                  std::vector<std::string> &warnings)
      : reader(object, file), file(file), warnings(warnings) {}

  llvm::Expected<TokenizerSpec> run();

private:
  llvm::Error readModel();
  llvm::Error refuseModelVariants(const JSONReader &model);
  llvm::Error readVocabulary(const json::Object &vocabulary);
  llvm::Error readMerges(const json::Array &merges);
  llvm::Error readAdded();
  llvm::Error readPreTokenizer();
  llvm::Error checkSplit(const json::Object &split);
  llvm::Error readPostProcessor();
  llvm::Error readTemplate(const json::Object &processor);
  llvm::Error place(int64_t id, llvm::StringRef token, TokenType type);

  JSONReader reader;
  llvm::StringRef file;
  std::vector<std::string> &warnings;
  TokenizerSpec spec;
};

llvm::StringRef typeOf(const json::Object &object) {
  return object.getString("type").value_or("(none)");
}

} // namespace

llvm::Error TokenizerReader::place(int64_t id, llvm::StringRef token,
                                   TokenType type) {
  if (id < 0 || id > maxTokenId)
    return makeError("{0}: token {1} has id {2}, but ids go from 0 to {3}",
                     file, quoted(token), id, maxTokenId);
  if (id >= int64_t(spec.tokens.size())) {
    spec.tokens.resize(id + 1);
    spec.types.resize(id + 1, TokenType::Unused);
  }
  spec.tokens[id] = token.str();
  spec.types[id] = type;
  return llvm::Error::success();
}

llvm::Error TokenizerReader::refuseModelVariants(const JSONReader &model) {
  std::string type = "BPE";
  if (llvm::Error error = model.read("type", type))
    return error;
  if (type != "BPE")
    return makeError("{0}: tokenizer model {1} is not supported; supported is "
                     "BPE",
                     file, quoted(type));
  for (llvm::StringRef key :
       {"continuing_subword_prefix", "end_of_word_suffix"}) {
    std::string affix;
    if (llvm::Error error = model.read(key, affix))
      return error;
    if (!affix.empty())
      return makeError("{0}: {1} is {2}, but only byte-level BPE without it is "
                       "supported",
                       file, key, quoted(affix));
  }
  bool fallback = false;
  double dropout = 0;
  if (llvm::Error error = model.read("byte_fallback", fallback))
    return error;
  if (llvm::Error error = model.read("dropout", dropout))
    return error;
  if (fallback || dropout != 0)
    return makeError("{0}: BPE with byte_fallback or dropout is not supported",
                     file);
  if (reader.has("normalizer"))
    return makeError("{0}: a normalizer is not supported; expected null", file);
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readVocabulary(const json::Object &vocabulary) {
  for (const auto &entry : vocabulary) {
    llvm::StringRef token = entry.first;
    std::optional<int64_t> id = entry.second.getAsInteger();
    if (!id)
      return makeError("{0}: the id of token {1} should be an integer", file,
                       quoted(token));
    if (*id >= 0 && *id < int64_t(spec.types.size()) &&
        spec.types[*id] != TokenType::Unused)
      return makeError(
          "{0}: tokens {1} and {2} have the same id {3}", file,
          quoted(std::min<llvm::StringRef>(spec.tokens[*id], token)),
          quoted(std::max<llvm::StringRef>(spec.tokens[*id], token)), *id);
    if (llvm::Error error = place(*id, token, TokenType::Normal))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readMerges(const json::Array &merges) {
  for (const json::Value &merge : merges) {
    llvm::StringRef left, right;
    if (std::optional<llvm::StringRef> text = merge.getAsString()) {
      // The parts have no spaces: a space is a letter of its own in this form.
      std::tie(left, right) = text->split(' ');
    } else if (const json::Array *pair = merge.getAsArray();
               pair && pair->size() == 2) {
      left = (*pair)[0].getAsString().value_or("");
      right = (*pair)[1].getAsString().value_or("");
    }
    if (left.empty() || right.empty())
      return makeError("{0}: merge {1} should be two parts, \"a b\" or "
                       "[\"a\", \"b\"]",
                       file, spec.merges.size());
    spec.merges.emplace_back(left.str(), right.str());
  }
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readModel() {
  const json::Object *object = nullptr, *vocabulary = nullptr;
  const json::Array *merges = nullptr;
  if (llvm::Error error = reader.require("model", object))
    return error;
  JSONReader model(*object, file);
  if (llvm::Error error = refuseModelVariants(model))
    return error;
  if (llvm::Error error = model.require("vocab", vocabulary))
    return error;
  if (llvm::Error error = readVocabulary(*vocabulary))
    return error;
  if (llvm::Error error = model.require("merges", merges))
    return error;
  if (llvm::Error error = readMerges(*merges))
    return error;
  return model.read("ignore_merges", spec.ignoreMerges);
}

llvm::Error TokenizerReader::readAdded() {
  const json::Array *added = nullptr;
  if (llvm::Error error = reader.read("added_tokens", added))
    return error;
  if (!added)
    return llvm::Error::success();
  unsigned stripping = 0;
  for (const json::Value &value : *added) {
    const json::Object *object = value.getAsObject();
    if (!object)
      return makeError("{0}: added_tokens should be a list of objects", file);
    JSONReader entry(*object, file);
    int64_t id = 0;
    AddedToken token;
    if (llvm::Error error = entry.require("id", id))
      return error;
    if (llvm::Error error = entry.require("content", token.content))
      return error;
    if (llvm::Error error = entry.read("special", token.special))
      return error;
    if (token.content.empty())
      return makeError("{0}: added token {1} is empty", file, id);
    for (llvm::StringRef key : {"lstrip", "rstrip", "single_word"}) {
      bool flag = false;
      if (llvm::Error error = entry.read(key, flag))
        return error;
      stripping += flag;
    }
    if (llvm::Error error =
            place(id, token.content,
                  token.special ? TokenType::Control : TokenType::UserDefined))
      return error;
    token.id = int32_t(id);
    spec.added.push_back(std::move(token));
  }
  if (stripping)
    warnings.push_back(llvm::formatv("{0}: lstrip, rstrip and single_word of "
                                     "added tokens have no effect ({1} of them "
                                     "are set)",
                                     file, stripping)
                           .str());
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

llvm::Error TokenizerReader::checkSplit(const json::Object &split) {
  const json::Object *pattern = split.getObject("pattern");
  std::optional<llvm::StringRef> regex;
  if (pattern)
    regex = pattern->getString("Regex");
  if (!regex || *regex != familySplit)
    return makeError("{0}: the pre-tokenizer splits by {1}, which is not the "
                     "pattern of the family",
                     file, regex ? quoted(*regex) : "no regular expression");
  if (split.getString("behavior").value_or("") != "Isolated" ||
      split.getBoolean("invert").value_or(false))
    return makeError("{0}: the pre-tokenizer should isolate the matches of its "
                     "pattern; other behaviours are not supported",
                     file);
  spec.splits.push_back({regex->str()});
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readPreTokenizer() {
  const json::Object *object = nullptr;
  if (llvm::Error error = reader.require("pre_tokenizer", object))
    return error;
  const json::Array *steps = object->getArray("pretokenizers");
  const json::Object *split = nullptr, *bytes = nullptr;
  if (typeOf(*object) == "Sequence" && steps && steps->size() == 2) {
    split = (*steps)[0].getAsObject();
    bytes = (*steps)[1].getAsObject();
  }
  if (!split || !bytes || typeOf(*split) != "Split" ||
      typeOf(*bytes) != "ByteLevel")
    return makeError("{0}: pre-tokenizer {1} is not supported; supported is "
                     "the family's sequence of a split and ByteLevel",
                     file, quoted(typeOf(*object)));
  if (bytes->getBoolean("add_prefix_space").value_or(true) ||
      bytes->getBoolean("use_regex").value_or(true))
    return makeError("{0}: ByteLevel with add_prefix_space or use_regex is not "
                     "supported",
                     file);
  return checkSplit(*split);
}

/// "single" is the form of one text: special tokens and the text A in order.
llvm::Error TokenizerReader::readTemplate(const json::Object &processor) {
  const json::Array *single = processor.getArray("single");
  if (!single)
    return makeError("{0}: TemplateProcessing should have a list 'single'",
                     file);
  bool seenText = false;
  for (const json::Value &value : *single) {
    const json::Object *item = value.getAsObject();
    if (item && item->getObject("Sequence")) {
      seenText = true;
      continue;
    }
    // What the one token is, tokenizer_config.json says as bos_token.
    if (seenText || spec.addBos || !item || !item->getObject("SpecialToken"))
      return makeError("{0}: the post-processor should put one token before "
                       "the text and nothing else",
                       file);
    spec.addBos = true;
    std::optional<llvm::StringRef> content =
        item->getObject("SpecialToken")->getString("id");
    for (const AddedToken &token : spec.added)
      if (content && token.content == *content)
        spec.bos = token.id;
  }
  if (spec.addBos && !spec.bos)
    return makeError("{0}: the token that the post-processor puts before the "
                     "text is none of the added tokens",
                     file);
  return llvm::Error::success();
}

llvm::Error TokenizerReader::readPostProcessor() {
  spec.addBos = false;
  const json::Object *object = nullptr;
  if (llvm::Error error = reader.read("post_processor", object))
    return error;
  if (!object)
    return llvm::Error::success();
  std::vector<const json::Object *> steps = {object};
  if (typeOf(*object) == "Sequence") {
    steps.clear();
    if (const json::Array *list = object->getArray("processors"))
      for (const json::Value &value : *list)
        if (const json::Object *step = value.getAsObject())
          steps.push_back(step);
  }
  for (const json::Object *step : steps) {
    llvm::StringRef type = typeOf(*step);
    if (type == "ByteLevel") // Shifts offsets, not ids.
      continue;
    if (type != "TemplateProcessing")
      return makeError("{0}: post-processor {1} is not supported; supported "
                       "are ByteLevel and TemplateProcessing",
                       file, quoted(type));
    if (llvm::Error error = readTemplate(*step))
      return error;
  }
  return llvm::Error::success();
}

llvm::Expected<TokenizerSpec> TokenizerReader::run() {
  using Step = llvm::Error (TokenizerReader::*)();
  constexpr Step steps[] = {
      &TokenizerReader::readModel, &TokenizerReader::readAdded,
      &TokenizerReader::readPreTokenizer, &TokenizerReader::readPostProcessor};
  for (Step step : steps)
    if (llvm::Error error = (this->*step)())
      return error;
  for (size_t i = 0; i < spec.tokens.size(); ++i)
    if (spec.types[i] == TokenType::Unused)
      spec.tokens[i] = "[PAD" + std::to_string(i) + "]";
  return std::move(spec);
}

llvm::Expected<TokenizerSpec>
lfm2c::readHFTokenizer(llvm::StringRef text, llvm::StringRef file,
                       std::vector<std::string> &warnings) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxTokenizerValues);
  if (!object)
    return object.takeError();
  return TokenizerReader(*object, file, warnings).run();
}
