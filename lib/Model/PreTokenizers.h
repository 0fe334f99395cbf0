// Splits that have a name: the values of tokenizer.ggml.pre and of --pre.

#ifndef LFM2C_LIB_MODEL_PRETOKENIZERS_H
#define LFM2C_LIB_MODEL_PRETOKENIZERS_H

#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <optional>

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

/// A name under which llama.cpp splits texts.
struct PreTokenizerName {
  std::string name;
  /// Whether it finds the same ids: of a tokenizer in which some words are
  /// tokens that merges do not lead to, it takes these if the tokenizer does.
  bool exact = false;
};

/// The name of the split of `spec`: that which it has itself if that fits, else
/// the first that fits, exact ones before others. Names of contractions in 52
/// letters stand for those in any case, too, as in the files that they were
/// made for. None where llama.cpp has none. Fails as the merges of `spec` do.
llvm::Expected<std::optional<PreTokenizerName>>
findPreTokenizer(const TokenizerSpec &spec);

/// All names that usePreTokenizer() knows, sorted.
std::vector<llvm::StringRef> getPreTokenizerNames();

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_PRETOKENIZERS_H
