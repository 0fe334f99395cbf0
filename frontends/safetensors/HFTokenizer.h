// The tokenizer of a Hugging Face directory: tokenizer.json, completed by
// tokenizer_config.json.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZER_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZER_H

#include "lib/Model/TokenizerSpec.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace lfm2c {

/// Reads the text of tokenizer.json: byte-level BPE with the family's split;
/// anything else is refused. The ids of special tokens are left open.
llvm::Expected<TokenizerSpec>
readHFTokenizer(llvm::StringRef text, llvm::StringRef file,
                std::vector<std::string> &warnings);

/// Takes bos, eos, pad and the chat template from tokenizer_config.json.
llvm::Error readHFTokenizerConfig(llvm::StringRef text, llvm::StringRef file,
                                  TokenizerSpec &spec);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFTOKENIZER_H
