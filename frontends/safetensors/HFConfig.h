// config.json and generation_config.json of a Hugging Face directory.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFCONFIG_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFCONFIG_H

#include "lib/Model/ModelConfig.h"
#include "lib/Support/CheckedJSON.h"
#include "llvm/ADT/StringRef.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lfm2c {

class QuantScheme;

/// What config.json says, the tokens' ids included.
struct HFConfig {
  ModelConfig model;
  bool useExpertBias = false;
  std::optional<int32_t> bos, eos, pad;
  std::vector<int32_t> stop; // Where eos_token_id is a list.
  std::shared_ptr<const QuantScheme> quantization; // Null: plain weights.
};

/// Reads the text of config.json, keys of old and new checkpoints alike.
/// `file` is for messages.
llvm::Expected<HFConfig> readHFConfig(llvm::StringRef text,
                                      llvm::StringRef file,
                                      std::vector<std::string> &warnings);

/// Reads theta, rope_theta, rope_parameters and rope_scaling of `config` into
/// `model`, whose context length is read already.
llvm::Error readHFRope(const JSONReader &config, ModelConfig &model,
                       std::vector<std::string> &warnings);

/// Takes over what generation_config.json adds: more stop tokens and, if it
/// samples, its parameters.
llvm::Error readHFGenerationConfig(llvm::StringRef text, llvm::StringRef file,
                                   HFConfig &config);

/// Appends the id that `key` holds, or the list of them. Negative ones mean
/// that there is none.
llvm::Error readHFTokenIds(const JSONReader &reader, llvm::StringRef key,
                           std::vector<int32_t> &out);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFCONFIG_H
