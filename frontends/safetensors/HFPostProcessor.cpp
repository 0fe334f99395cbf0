// "post_processor" of tokenizer.json: what is put around a text.

#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

/// "single" is the form of one text: special tokens and the text A in order.
static llvm::Error readTemplate(const json::Object &processor,
                                llvm::StringRef file, TokenizerSpec &spec) {
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

static llvm::Error readStep(const json::Object &step, const std::string &place,
                            llvm::StringRef file, TokenizerSpec &spec) {
  llvm::StringRef type = typeOfHFPart(step);
  if (type == "ByteLevel") // Shifts offsets, not ids.
    return llvm::Error::success();
  if (type == "TemplateProcessing")
    return readTemplate(step, file, spec);
  const json::Array *steps = step.getArray("processors");
  if (type != "Sequence" || !steps)
    return makeError("{0}: {1} of type {2} is not supported; supported are "
                     "ByteLevel, TemplateProcessing and a Sequence of them",
                     file, place, quoted(type));
  for (size_t i = 0; i < steps->size(); ++i) {
    const json::Object *inner = (*steps)[i].getAsObject();
    std::string innerPlace = place + ".processors[" + std::to_string(i) + "]";
    if (!inner)
      return makeError("{0}: {1} should be an object", file, innerPlace);
    if (llvm::Error error = readStep(*inner, innerPlace, file, spec))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error lfm2c::readHFPostProcessor(const JSONReader &reader,
                                       TokenizerSpec &spec) {
  spec.addBos = false;
  const json::Object *object = nullptr;
  if (llvm::Error error = reader.read("post_processor", object))
    return error;
  if (!object)
    return llvm::Error::success();
  return readStep(*object, "post_processor", reader.getFile(), spec);
}
