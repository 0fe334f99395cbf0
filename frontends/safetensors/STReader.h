// What the files of sentence-transformers and PyLate around a model say of its
// vectors.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_STREADER_H
#define LFM2C_FRONTENDS_SAFETENSORS_STREADER_H

#include "frontends/safetensors/HFFolder.h"
#include "frontends/safetensors/HFTensors.h"
#include "frontends/safetensors/STModules.h"
#include "lib/Model/ModelConfig.h"
#include "lib/Model/TokenizerSpec.h"

namespace lfm2c {

/// Reads the pooling and the dense layers of `modules`, folders of `root`, into
/// `model`, whose hidden size is read already, and the layers' weights into
/// `tensors`. What would give other vectors and is not supported is refused by
/// file and key.
llvm::Error readSTModuleFolders(const HFFolder &root, const STModules &modules,
                                ModelConfig &model, HFTensorReader &tensors,
                                Checkpoint &checkpoint);

/// Reads the text of a Pooling's config.json.
llvm::Error readSTPooling(llvm::StringRef text, llvm::StringRef file,
                          ModelConfig &model);

/// Reads the text of config_sentence_transformers.json: prompts and, where
/// tokens are not pooled, what PyLate has in it. `spec` is the model's
/// tokenizer. What the program does not do is a warning.
llvm::Error readSTConfig(llvm::StringRef text, llvm::StringRef file,
                         const TokenizerSpec &spec, EmbeddingConfig &embedding,
                         std::vector<std::string> &warnings);

/// Reads the text of the Transformer's sentence_bert_config.json.
llvm::Error readSTTransformerConfig(llvm::StringRef text, llvm::StringRef file,
                                    EmbeddingConfig &embedding);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_STREADER_H
