// From the files of a model of transformers, or what stands for them, to a
// verified checkpoint.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFREADER_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFREADER_H

#include "frontends/Frontend.h"
#include "frontends/safetensors/HFFolder.h"
#include "frontends/safetensors/HFTensors.h"
#include <functional>

namespace lfm2c {

struct HFSource {
  std::string path; ///< the checkpoint's folder or, of texts, its name
  /// What files of text have in them; null: they lie in the folder. Not owned.
  const HFTexts *texts = nullptr;
  /// Adds all tensors; the folder is the model's, where that is another than
  /// the checkpoint's.
  std::function<llvm::Error(const HFFolder &, HFTensorReader &)> readWeights;
};

/// Reads config.json, the weights, the tokenizer, and the files of
/// sentence-transformers around them. Adapters of `options` are left to the
/// caller.
llvm::Expected<std::unique_ptr<Checkpoint>>
readHFModel(const HFSource &source, const ReadOptions &options);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFREADER_H
