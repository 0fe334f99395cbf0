// Rows of tensors that are made of other tensors.

#ifndef LFM2C_FRONTENDS_SAFETENSORS_COMPOSEDROWS_H
#define LFM2C_FRONTENDS_SAFETENSORS_COMPOSEDROWS_H

#include "lib/Weights/Tensor.h"
#include <utility>
#include <vector>

namespace lfm2c {

/// Matrices of one shape as one tensor of all, and its format: theirs, or f32
/// where they have several.
std::pair<std::shared_ptr<const RowSource>, Format>
stackRows(std::vector<Tensor> matrices);

/// Of each matrix of `whole`, which has several, `count` rows from `first` on.
std::shared_ptr<const RowSource> sliceRows(const Tensor &whole, int64_t first,
                                           int64_t count);

} // namespace lfm2c

#endif // LFM2C_FRONTENDS_SAFETENSORS_COMPOSEDROWS_H
