// A checkpoint as the compiler sees it, the same for every kind of file.
//
// Tensors have GGUF's names and outermost-first shapes, whichever front end
// read them. They point into `files`, which the checkpoint keeps mapped.

#ifndef LFM2C_LIB_WEIGHTS_CHECKPOINT_H
#define LFM2C_LIB_WEIGHTS_CHECKPOINT_H

#include "lib/Model/ModelConfig.h"
#include "lib/Model/TokenizerSpec.h"
#include "lib/Support/MappedFile.h"
#include "lib/Weights/Tensor.h"
#include "llvm/ADT/StringMap.h"
#include <memory>
#include <vector>

namespace lfm2c {

struct Checkpoint {
  ModelConfig config;
  TokenizerSpec tokenizer; // Empty if the checkpoint has none.
  llvm::StringMap<Tensor> tensors;
  std::vector<std::unique_ptr<MappedFile>> files;
  std::string path;                  // As the user gave it.
  std::vector<std::string> warnings; // One line each.

  /// The tensor, or null.
  const Tensor *find(llvm::StringRef name) const {
    auto it = tensors.find(name);
    return it == tensors.end() ? nullptr : &it->second;
  }
  /// Gives back the pages of `tensor` after use.
  void release(const Tensor &tensor) const {
    for (llvm::ArrayRef<uint8_t> piece : tensor.pieces)
      for (const std::unique_ptr<MappedFile> &file : files)
        file->release(piece);
  }
};

/// "blk.7.attn_q.weight".
std::string layerTensorName(int64_t layer, llvm::StringRef leaf);

/// Corrects `checkpoint.config` where the tensors say otherwise (shapes decide
/// over metadata; each correction is a warning), then checks that every tensor
/// that the model needs is there in the right shape, that tensors of no use are
/// reported once, and that the tokenizer fits the vocabulary. Both front ends
/// end with this.
llvm::Error verifyCheckpoint(Checkpoint &checkpoint);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_CHECKPOINT_H
