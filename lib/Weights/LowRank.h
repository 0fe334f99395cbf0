// Weights with products of two thin matrices added, as adapters have them.
//
// A row of the sum is computed when it is read: base row, a few multiply-adds
// for each column and rank, in f32, and nothing of the sum stays in memory.

#ifndef LFM2C_LIB_WEIGHTS_LOWRANK_H
#define LFM2C_LIB_WEIGHTS_LOWRANK_H

#include "lib/Weights/Tensor.h"
#include <memory>
#include <optional>

namespace lfm2c {

/// What DoRA scales the sum W + scale * B A by (arXiv 2402.09353, eq. 5).
enum class Magnitude {
  None,
  Rows,    ///< magnitude[r] / norm of row r: of a product with the weight
  Columns, ///< magnitude[c] / norm of column c: of an embedding
};

/// scale * B A, which is added to a weight of `out` rows and `in` columns.
struct LowRankUpdate {
  /// [rank, in] and [out, rank], or one such matrix behind the other for each
  /// of the stacked matrices, [matrices, rank, in] and [matrices, out, rank].
  Tensor a, b;
  double scale = 1;
  /// The only one of the stacked matrices that it is for; -1: for all.
  int64_t matrix = -1;
  Magnitude kind = Magnitude::None;
  Tensor magnitude; ///< of one dimension; unless `kind` is none

  int64_t rank() const { return a.shape[a.shape.size() - 2]; }
};

/// The tensor that `updates` make of `base`, one after the other, in f32. Norms
/// of DoRA are those of `base` with that update alone, as PEFT takes them. All
/// tensors' bytes must outlive the result, and shapes fit.
Tensor addLowRank(const Tensor &base, std::vector<LowRankUpdate> updates);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_LOWRANK_H
