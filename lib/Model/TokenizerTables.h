// The tokenizer of a checkpoint as the bytes of an archive section.

#ifndef LFM2C_LIB_MODEL_TOKENIZERTABLES_H
#define LFM2C_LIB_MODEL_TOKENIZERTABLES_H

#include "lib/Model/ChatForm.h"

#include "llvm/Support/Error.h"

namespace lfm2c {

/// Builds the section described by lfm2rt/tokenizer_format.h, ready to be used
/// where it lies. A spec without tokens gives a valid section of vocabulary 0.
/// Fails on split patterns that are not supported, on ids out of range, on
/// merges of tokens that do not exist, and beyond 2^21 tokens or 2^22 merges.
llvm::Expected<std::vector<uint8_t>>
buildTokenizerSection(const TokenizerSpec &spec, const ChatForm &chat = {});

/// Whether some word is a token that no merges lead to, and so is found only by
/// a tokenizer that ignores merges for whole words. Fails where merges name
/// tokens that are not there.
llvm::Expected<bool> hasWordsBeyondMerges(const TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_TOKENIZERTABLES_H
