// Which files of a folder hold a model's weights.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_HFWEIGHTFILES_H
#define LFM2C_FRONTENDS_SAFETENSORS_HFWEIGHTFILES_H

#include "frontends/safetensors/HFFolder.h"
#include "frontends/safetensors/HFTensors.h"
#include <string>
#include <vector>

namespace lfm2c {

/// The names of the safetensors files in a folder, sorted; none where it cannot
/// be looked at.
std::vector<std::string> listHFWeights(llvm::StringRef folder);

/// Adds the tensors of model.safetensors, of the shards that an index lists, or
/// of the one model that the names of the files show, to `tensors`.
llvm::Error readHFWeights(const HFFolder &folder, HFTensorReader &tensors);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_HFWEIGHTFILES_H
