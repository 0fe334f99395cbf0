// Splits that have a name: the values of tokenizer.ggml.pre and of --pre.

#ifndef LFM2C_LIB_MODEL_PRETOKENIZERS_H
#define LFM2C_LIB_MODEL_PRETOKENIZERS_H

#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// What GPT-2's byte-level pre-tokenizer splits by; ByteLevel's `use_regex`.
extern const char *const gpt2Split;

/// Gives `spec` the split called `name` in place of its own, with what
/// llama.cpp knows of tokenizers that have it: whether merges are ignored where
/// the whole word is a token, and whether a text begins with bos if the file
/// does not say. Fails on a name that is not known, with the nearest ones, and
/// on one of a tokenizer that is not byte-level BPE; `where` says for the
/// message who gave the name.
llvm::Error usePreTokenizer(llvm::StringRef name, llvm::StringRef where,
                            TokenizerSpec &spec);

/// All names that usePreTokenizer() knows, sorted.
std::vector<llvm::StringRef> getPreTokenizerNames();

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_PRETOKENIZERS_H
