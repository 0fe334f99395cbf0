// Metadata of a GGUF file to the model's configuration and tokenizer.

#ifndef LFM2C_FRONTENDS_GGUF_GGUFCONFIG_H
#define LFM2C_FRONTENDS_GGUF_GGUFCONFIG_H

#include "lib/GGUF/GGUFFile.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Model/TokenizerSpec.h"

namespace lfm2c {

/// Reads lfm2.* or lfm2moe.*; any other architecture is refused by name.
/// Sizes that the tensors show are corrected later, by verifyCheckpoint().
llvm::Expected<ModelConfig> readGGUFConfig(const GGUFFile &file,
                                           std::vector<std::string> &warnings);

/// Reads rope.scaling.* into `config`, whose context length is read already.
llvm::Error readGGUFRopeScaling(const GGUFFile &file, ModelConfig &config,
                                std::vector<std::string> &warnings);

/// Reads what `config`, the rest of which is read already, gives if it is
/// bidirectional.
llvm::Error readGGUFEmbedding(const GGUFFile &file, ModelConfig &config,
                              std::vector<std::string> &warnings);

/// Reads tokenizer.*; an empty result if the file has no tokenizer. `pre` is
/// the pre-tokenizer's name in place of the file's; empty: the file's. A
/// `causal` model continues its texts, which therefore have no end.
llvm::Expected<TokenizerSpec>
readGGUFTokenizer(const GGUFFile &file, llvm::StringRef pre, bool causal,
                  std::vector<std::string> &warnings);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_GGUF_GGUFCONFIG_H
