// The tokenizer of a Hugging Face directory: tokenizer.json, or vocab.json and
// merges.txt where there is none; completed by tokenizer_config.json.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZER_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZER_H

#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// Reads the text of tokenizer.json: byte-level BPE with any split that is made
/// of patterns; anything else is refused. The ids of special tokens are left
/// open.
llvm::Expected<TokenizerSpec> readHFTokenizer(llvm::StringRef text,
                                              llvm::StringRef file);

/// The older form, each function for one file, in this order. vocab.json starts
/// the spec; each other file is optional but merges.txt. What each class of
/// tokenizer does with them is what transformers 5 does; a class that says
/// nothing of the split gets the family's, with a warning.
llvm::Error readHFVocabFile(llvm::StringRef text, llvm::StringRef file,
                            TokenizerSpec &spec);
llvm::Error readHFMergesFile(llvm::StringRef text, llvm::StringRef file,
                             TokenizerSpec &spec);
llvm::Error readHFAddedTokensFile(llvm::StringRef text, llvm::StringRef file,
                                  TokenizerSpec &spec);
llvm::Error readHFSpecialTokensMap(llvm::StringRef text, llvm::StringRef file,
                                   TokenizerSpec &spec);
llvm::Error readHFTokenizerClass(llvm::StringRef text, llvm::StringRef file,
                                 TokenizerSpec &spec);
/// After them, whichever there were.
llvm::Error finishHFVocabFiles(llvm::StringRef directory, TokenizerSpec &spec,
                               std::vector<std::string> &warnings);

/// Takes bos, eos, pad and the chat template from tokenizer_config.json.
llvm::Error readHFTokenizerConfig(llvm::StringRef text, llvm::StringRef file,
                                  TokenizerSpec &spec);

/// Names ids without a token as GGUF files do: [PAD34].
void nameUnusedTokens(TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZER_H
