// "model" and "normalizer" of tokenizer.json: which BPE it is, its tokens and
// merges.

#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

constexpr int64_t maxTokenId = 1 << 19;

llvm::StringRef lfm2c::typeOfHFPart(const json::Object &object) {
  return object.getString("type").value_or("(none)");
}

llvm::Error lfm2c::placeHFToken(int64_t id, llvm::StringRef token,
                                TokenType type, llvm::StringRef file,
                                TokenizerSpec &spec) {
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

static llvm::Error refuseVariants(const JSONReader &model) {
  std::string type = "BPE";
  if (llvm::Error error = model.read("type", type))
    return error;
  if (type != "BPE")
    return makeError("{0}: tokenizer model {1} is not supported; supported is "
                     "BPE",
                     model.getFile(), quoted(type));
  for (llvm::StringRef key :
       {"continuing_subword_prefix", "end_of_word_suffix"}) {
    std::string affix;
    if (llvm::Error error = model.read(key, affix))
      return error;
    if (!affix.empty())
      return makeError("{0}: {1} is {2}, but only byte-level BPE without it is "
                       "supported",
                       model.getFile(), key, quoted(affix));
  }
  bool fallback = false;
  double dropout = 0;
  if (llvm::Error error = model.read("byte_fallback", fallback))
    return error;
  if (llvm::Error error = model.read("dropout", dropout))
    return error;
  if (fallback || dropout != 0)
    return makeError("{0}: BPE with byte_fallback or dropout is not supported",
                     model.getFile());
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFVocabulary(const json::Object &vocabulary,
                                    llvm::StringRef file, TokenizerSpec &spec) {
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
    if (llvm::Error error =
            placeHFToken(*id, token, TokenType::Normal, file, spec))
      return error;
  }
  return llvm::Error::success();
}

static llvm::Error readMerges(const json::Array &merges, llvm::StringRef file,
                              TokenizerSpec &spec) {
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

llvm::Error lfm2c::readHFModel(const JSONReader &reader, TokenizerSpec &spec) {
  const json::Object *object = nullptr, *vocabulary = nullptr;
  const json::Array *merges = nullptr;
  llvm::StringRef file = reader.getFile();
  if (llvm::Error error = reader.require("model", object))
    return error;
  JSONReader model(*object, file);
  if (llvm::Error error = refuseVariants(model))
    return error;
  if (llvm::Error error = model.require("vocab", vocabulary))
    return error;
  if (llvm::Error error = readHFVocabulary(*vocabulary, file, spec))
    return error;
  if (llvm::Error error = model.require("merges", merges))
    return error;
  if (llvm::Error error = readMerges(*merges, file, spec))
    return error;
  return model.read("ignore_merges", spec.ignoreMerges);
}

static llvm::Error readNormalizer(const json::Object &object,
                                  const std::string &place,
                                  llvm::StringRef file, TokenizerSpec &spec) {
  llvm::StringRef type = typeOfHFPart(object);
  if (type == "NFC") {
    spec.normalizer = Normalizer::NFC;
    return llvm::Error::success();
  }
  const json::Array *steps = object.getArray("normalizers");
  if (type != "Sequence" || !steps)
    return makeError("{0}: {1} of type {2} is not supported; supported are "
                     "NFC, a Sequence of it, and null",
                     file, place, quoted(type));
  for (size_t i = 0; i < steps->size(); ++i) {
    const json::Object *step = (*steps)[i].getAsObject();
    std::string inner = place + ".normalizers[" + std::to_string(i) + "]";
    if (!step)
      return makeError("{0}: {1} should be an object", file, inner);
    if (llvm::Error error = readNormalizer(*step, inner, file, spec))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFNormalizer(const JSONReader &reader,
                                    TokenizerSpec &spec) {
  const json::Object *object = nullptr;
  if (llvm::Error error = reader.read("normalizer", object))
    return error;
  if (!object)
    return llvm::Error::success();
  return readNormalizer(*object, "normalizer", reader.getFile(), spec);
}
