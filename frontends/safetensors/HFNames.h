// Which tensors of a folder are those of the text model.
//
// What saved the folder may have wrapped the model: torch.compile,
// data-parallel training, PEFT, or a model for images around the text. All
// names then have something in front of those that transformers gives to the
// text model alone. What that is shows by itself: it is the same in front of
// every layer.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFNAMES_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFNAMES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <optional>
#include <string>

namespace lfm2c {

class HFNames {
public:
  /// Finds the prefix that most layers have; "model." without any.
  explicit HFNames(llvm::ArrayRef<llvm::StringRef> names);

  /// The name inside of the text model: "layers.3.conv.conv.weight",
  /// "lm_head.weight". Nothing for tensors of another part (a vision tower, a
  /// projector), for tables that are computed (inverse frequencies), and for
  /// names of more than 512 bytes.
  std::optional<std::string> inTextModel(llvm::StringRef name) const;

  /// What stands in front of "layers.": "model.", "model.language_model.".
  llvm::StringRef getPrefix() const { return prefix; }

private:
  std::string prefix = "model.";
};

/// Whether a tensor is of an adapter (LoRA and its like) that was not merged
/// into the weights.
bool isAdapterName(llvm::StringRef name);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFNAMES_H
