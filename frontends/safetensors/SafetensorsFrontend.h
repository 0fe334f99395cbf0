// A Hugging Face directory: config.json, safetensors, tokenizer.json.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_SAFETENSORSFRONTEND_H
#define LFM2C_FRONTENDS_SAFETENSORS_SAFETENSORSFRONTEND_H

#include "frontends/Frontend.h"

namespace lfm2c {

class SafetensorsFrontend final : public Frontend {
public:
  llvm::StringRef getDescription() const override {
    return "a Hugging Face directory with config.json and *.safetensors";
  }
  bool accepts(llvm::StringRef path) const override;
  llvm::Expected<std::unique_ptr<Checkpoint>>
  read(llvm::StringRef path, const ReadOptions &options) const override;
  llvm::StringRef getAdapterDescription() const override {
    return "a folder of PEFT's (adapter_config.json, "
           "adapter_model.safetensors)";
  }
  bool acceptsAdapter(llvm::StringRef path) const override;
  llvm::Expected<Adapter> readAdapter(const AdapterChoice &choice,
                                      Checkpoint &checkpoint) const override;
};

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_SAFETENSORSFRONTEND_H
