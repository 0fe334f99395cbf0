// The names of the tensors of a model, in the words of each kind of file.
//
// Inside of the compiler a tensor has GGUF's name. Messages use the name that
// the file has, or would have: nobody finds "blk.0.attn_norm.weight" in a
// folder of transformers.

#ifndef LFM2C_LIB_WEIGHTS_TENSORNAMES_H
#define LFM2C_LIB_WEIGHTS_TENSORNAMES_H

#include "lib/Model/ModelConfig.h"
#include "llvm/ADT/StringRef.h"
#include <string>

namespace lfm2c {

/// "blk.7.attn_q.weight".
std::string layerTensorName(int64_t layer, llvm::StringRef leaf);

/// A name taken apart; `layer` is -1 for what belongs to none. Of
/// "layers.7.conv.conv.weight" the leaf is "conv.conv.weight".
struct TensorNameParts {
  int64_t layer = -1;
  llvm::StringRef leaf;
};
/// `layers` is what stands before the number: "blk." or "layers.".
TensorNameParts splitTensorName(llvm::StringRef name, llvm::StringRef layers);

/// The canonical name of what transformers calls `name`, without the prefix of
/// the model: "layers.7.self_attn.q_proj.weight", "lm_head.weight". Empty for
/// names that have none, and for single experts.
std::string canonicalFromHF(llvm::StringRef name);
/// The canonical leaf of an expert's matrix: of "w1.weight"; empty for others.
llvm::StringRef canonicalExpertLeaf(llvm::StringRef leaf);

/// How the checkpoint at hand spells names.
struct TensorNaming {
  Wording wording = Wording::GGUF;
  std::string prefix; // Of the text model: "model.", "model.language_model.".

  /// The canonical name as the file would have it. Of stacked experts, the name
  /// of the first.
  std::string spell(llvm::StringRef canonical) const;
};

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_TENSORNAMES_H
