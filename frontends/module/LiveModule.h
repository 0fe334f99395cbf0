// The third front end: a model of transformers that is in this process's
// memory, as PyTorch has it.
//
// Its weights are read where they are. All else is what save_pretrained() would
// write, and is read as a folder of it is: frontends/safetensors knows the
// names, shapes and configurations.

#ifndef LFM2C_FRONTENDS_MODULE_LIVEMODULE_H
#define LFM2C_FRONTENDS_MODULE_LIVEMODULE_H

#include "frontends/Frontend.h"
#include "frontends/safetensors/HFFolder.h"

namespace lfm2c {

struct LiveTensor {
  std::string name; ///< of the model's state: "model.layers.0.conv.conv.weight"
  std::string type; ///< as safetensors has it: "BF16"
  llvm::SmallVector<int64_t, 4> shape;
  /// The elements, without gaps, the last dimension fastest.
  llvm::ArrayRef<uint8_t> bytes;
};

struct LiveModule {
  std::string name; ///< of the model; stands for a path in messages
  /// By the names that save_pretrained() gives: config.json, tokenizer.json,
  /// tokenizer_config.json, chat_template.jinja, generation_config.json, ...
  /// All but the first may be missing.
  HFTexts texts;
  std::vector<LiveTensor> tensors;
};

/// Reads and verifies the model; adapters of `options` are left to the caller.
/// `module` and the memory of its tensors must outlive the checkpoint, and not
/// change meanwhile. Fails as a folder of the same texts and tensors does, and
/// where a tensor's memory has another size than its type and shape.
llvm::Expected<std::unique_ptr<Checkpoint>>
readLiveModule(const LiveModule &module, const ReadOptions &options);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_MODULE_LIVEMODULE_H
