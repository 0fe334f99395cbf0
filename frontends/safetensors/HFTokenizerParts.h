// The parts of tokenizer.json, one function each, for HFTokenizer.cpp.
//
// Each reads its key of the whole file, which `reader` is on. What would change
// the ids and is not supported is refused by name and place, never skipped.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZERPARTS_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZERPARTS_H

#include "lib/Model/TokenizerSpec.h"
#include "lib/Support/CheckedJSON.h"

namespace lfm2c {

/// "model": tokens, merges, and what BPE does with them. Unused ids below the
/// largest stay of type Unused, without a name.
llvm::Error readHFModel(const JSONReader &reader, TokenizerSpec &spec);

/// The member "vocab" of a model, or the whole of vocab.json.
llvm::Error readHFVocabulary(const json::Object &vocabulary,
                             llvm::StringRef file, TokenizerSpec &spec);

/// Puts a token where its id says. Fails on an id out of range.
llvm::Error placeHFToken(int64_t id, llvm::StringRef token, TokenType type,
                         llvm::StringRef file, TokenizerSpec &spec);

/// The text of a special token, which its key names by that text or by an
/// object with it as "content".
std::optional<llvm::StringRef> contentOfHFToken(const json::Value &value);

/// "added_tokens", after "model".
llvm::Error readHFAddedTokens(const JSONReader &reader, TokenizerSpec &spec);

/// One added token, with its flags, from the object that describes it.
llvm::Error addHFToken(int64_t id, const JSONReader &entry,
                       TokenizerSpec &spec);

/// Sorts the added tokens by id; fails where two have one id.
llvm::Error sortHFAddedTokens(TokenizerSpec &spec, llvm::StringRef file);

/// "normalizer": none, NFC, or a sequence of these.
llvm::Error readHFNormalizer(const JSONReader &reader, TokenizerSpec &spec);

/// "pre_tokenizer", brought to `splits`, after "model": steps behind ByteLevel
/// split between bytes, which takes merges away.
llvm::Error readHFPreTokenizer(const JSONReader &reader, TokenizerSpec &spec);

/// "post_processor", after "added_tokens": whether a token is put before a
/// text or behind it, and which.
llvm::Error readHFPostProcessor(const JSONReader &reader, TokenizerSpec &spec);

/// The "type" of a part, "(none)" where it says none.
llvm::StringRef typeOfHFPart(const json::Object &object);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZERPARTS_H
