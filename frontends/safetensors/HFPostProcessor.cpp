// "post_processor" of tokenizer.json: what is put around a text.

#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

namespace {

class Reader {
public:
  Reader(llvm::StringRef file, TokenizerSpec &spec) : file(file), spec(spec) {}

  llvm::Error readStep(const json::Object &step, const std::string &place);

private:
  llvm::Error readTemplate(const json::Object &processor);
  llvm::Error readPair(const json::Object &processor);
  llvm::Error tooMany() const {
    return makeError("{0}: the post-processor should put one token before the "
                     "text and one behind it at most",
                     file);
  }
  llvm::Error put(std::optional<llvm::StringRef> content, bool behind);

  llvm::StringRef file;
  TokenizerSpec &spec;
};

/// Puts the added token before the text, or behind it.
llvm::Error Reader::put(std::optional<llvm::StringRef> content, bool behind) {
  if (behind ? spec.end.has_value() : spec.addBos)
    return tooMany();
  for (const AddedToken &token : spec.added) {
    if (!content || token.content != *content)
      continue;
    (behind ? spec.end : spec.bos) = token.id;
    spec.addBos |= !behind;
    return llvm::Error::success();
  }
  return makeError("{0}: the token that the post-processor puts {1} the text "
                   "is none of the added tokens",
                   file, behind ? "behind" : "before");
}

/// "single" is the form of one text: special tokens and the text A in order.
llvm::Error Reader::readTemplate(const json::Object &processor) {
  const json::Array *single = processor.getArray("single");
  if (!single)
    return makeError("{0}: TemplateProcessing should have a list 'single'",
                     file);
  bool seenText = false;
  for (const json::Value &value : *single) {
    const json::Object *item = value.getAsObject();
    if (item && item->getObject("Sequence") && !seenText) {
      seenText = true;
      continue;
    }
    if (!item || !item->getObject("SpecialToken"))
      return tooMany();
    // What the first is, tokenizer_config.json may say as bos_token, too.
    if (llvm::Error error =
            put(item->getObject("SpecialToken")->getString("id"), seenText))
      return error;
  }
  if (seenText)
    return llvm::Error::success();
  return makeError("{0}: the post-processor's list 'single' lacks the text",
                   file);
}

/// "cls" before the text and "sep" behind it, each a token and its id.
llvm::Error Reader::readPair(const json::Object &processor) {
  for (bool behind : {false, true}) {
    const json::Array *token = processor.getArray(behind ? "sep" : "cls");
    std::optional<llvm::StringRef> content;
    if (token && !token->empty())
      content = (*token)[0].getAsString();
    if (llvm::Error error = put(content, behind))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Reader::readStep(const json::Object &step,
                             const std::string &place) {
  llvm::StringRef type = typeOfHFPart(step);
  if (type == "ByteLevel") // Shifts offsets, not ids.
    return llvm::Error::success();
  if (type == "TemplateProcessing")
    return readTemplate(step);
  if (type == "BertProcessing" || type == "RobertaProcessing")
    return readPair(step);
  const json::Array *steps = step.getArray("processors");
  if (type != "Sequence" || !steps)
    return makeError("{0}: {1} of type {2} is not supported; supported are "
                     "ByteLevel, TemplateProcessing, BertProcessing, "
                     "RobertaProcessing and a Sequence of them",
                     file, place, quoted(type));
  for (size_t i = 0; i < steps->size(); ++i) {
    const json::Object *inner = (*steps)[i].getAsObject();
    std::string innerPlace = place + ".processors[" + std::to_string(i) + "]";
    if (!inner)
      return makeError("{0}: {1} should be an object", file, innerPlace);
    if (llvm::Error error = readStep(*inner, innerPlace))
      return error;
  }
  return llvm::Error::success();
}

} // namespace

llvm::Error lfm2c::readHFPostProcessor(const JSONReader &reader,
                                       TokenizerSpec &spec) {
  spec.addBos = false;
  const json::Object *object = nullptr;
  if (llvm::Error error = reader.read("post_processor", object))
    return error;
  if (!object)
    return llvm::Error::success();
  return Reader(reader.getFile(), spec).readStep(*object, "post_processor");
}
