// What the names of tensors mean in a file that PEFT saved.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_PEFTNAMES_H
#define LFM2C_FRONTENDS_SAFETENSORS_PEFTNAMES_H

#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace lfm2c {

struct PEFTName {
  enum Role {
    A,          ///< lora_A
    B,          ///< lora_B
    EmbeddingA, ///< lora_embedding_A, as the transpose of what a product has
    EmbeddingB,
    Magnitude, ///< of DoRA
    Whole,     ///< the weight itself, of modules_to_save or a changed base
    Unused,    ///< a copy of what the base model has
    Unknown,
  };
  Role role = Unknown;
  /// The module as transformers names it, without what wraps it:
  /// "model.layers.3.self_attn.q_proj"; of Whole with the parameter behind.
  std::string module;
  /// How many wrappers of the same module stand inside of this one.
  unsigned depth = 0;
};

/// Takes `name` apart.
PEFTName parsePEFTName(llvm::StringRef name);

/// `module` inside of the text model, "layers.3.self_attn.q_proj"; nothing for
/// modules of another part (a vision tower, a projector).
std::optional<std::string> peftModuleInText(llvm::StringRef module);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_PEFTNAMES_H
