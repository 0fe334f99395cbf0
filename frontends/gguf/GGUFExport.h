// A checkpoint as the metadata of a GGUF file: what GGUFConfig.h reads, the
// other way. Keys and their types are those that llama.cpp's converter writes.

#ifndef LFM2C_FRONTENDS_GGUF_GGUFEXPORT_H
#define LFM2C_FRONTENDS_GGUF_GGUFEXPORT_H

#include "lib/GGUF/GGUFWriter.h"
#include "lib/Weights/Checkpoint.h"

namespace lfm2c {

/// What a GGUF file of a checkpoint begins with.
struct GGUFExport {
  GGUFMetadata metadata;
  uint64_t alignment = 32;
};

/// The metadata of `checkpoint`, whose weights are written as `tensors`. Of a
/// checkpoint that is GGUF itself all metadata is kept, but what says how it
/// was split, and what the tensors or the user said otherwise. `retyped`:
/// weights have other types than the checkpoint's. What GGUF or llama.cpp has
/// no word for is a warning where texts may be told apart by it, and an error
/// where the model would be another.
llvm::Expected<GGUFExport>
exportGGUFMetadata(const Checkpoint &checkpoint,
                   llvm::ArrayRef<GGUFTensor> tensors, bool retyped,
                   std::vector<std::string> &warnings);

/// The names of the tensors of a checkpoint that is GGUF, canonical, in the
/// order of its files; of others none.
llvm::Expected<std::vector<std::string>>
listGGUFTensors(const Checkpoint &checkpoint);

// Parts of the former.

/// general.architecture, and lfm2.* or lfm2moe.*.
llvm::Error exportGGUFConfig(const ModelConfig &config, GGUFMetadata &out);
/// What llama.cpp (August 2026) computes otherwise or not at all, a line each.
std::vector<std::string> listGGUFLimits(const ModelConfig &config);
/// tokenizer.*, of as many tokens as the embedding has rows.
llvm::Error exportGGUFTokenizer(const TokenizerSpec &spec, int64_t rows,
                                GGUFMetadata &out,
                                std::vector<std::string> &warnings);
/// general.file_type: the type that most of the weights have.
uint32_t ggufFileType(llvm::ArrayRef<GGUFTensor> tensors);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_GGUF_GGUFEXPORT_H
