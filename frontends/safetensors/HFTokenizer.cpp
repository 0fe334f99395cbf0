// tokenizer.json says more than models use. What is used is read, part by part.

#include "frontends/safetensors/HFTokenizer.h"
#include "frontends/safetensors/HFTokenizerParts.h"
#include "lib/Support/Error.h"

using namespace lfm2c;

/// The largest vocabulary of the family has 128,000 tokens and 293,000 merges,
/// each merge a list of two: about a million values. As many again and half of
/// that are left for added tokens, of eight values each.
constexpr size_t maxTokenizerValues = 2500000;

void lfm2c::nameUnusedTokens(TokenizerSpec &spec) {
  for (size_t i = 0; i < spec.tokens.size(); ++i)
    if (spec.types[i] == TokenType::Unused)
      spec.tokens[i] = "[PAD" + std::to_string(i) + "]";
}

llvm::Expected<TokenizerSpec> lfm2c::readHFTokenizer(llvm::StringRef text,
                                                     llvm::StringRef file) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxTokenizerValues);
  if (!object)
    return object.takeError();
  JSONReader reader(*object, file);
  TokenizerSpec spec;
  for (auto *read : {readHFModel, readHFAddedTokens, readHFNormalizer,
                     readHFPreTokenizer, readHFPostProcessor})
    if (llvm::Error error = read(reader, spec))
      return std::move(error);
  nameUnusedTokens(spec);
  return std::move(spec);
}
