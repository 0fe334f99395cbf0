// Weights that are no numbers.
//
// One NaN or infinity anywhere makes every logit a NaN, and the program would
// talk on. All weights pass by when they are packed, so that is where they are
// looked at.

#ifndef LFM2C_LIB_WEIGHTS_FINITE_H
#define LFM2C_LIB_WEIGHTS_FINITE_H

#include "lib/Weights/Tensor.h"
#include <optional>

namespace lfm2c {

/// An element of a tensor; rows are counted over all outer dimensions together.
struct WeightPlace {
  const Tensor *tensor;
  int64_t row, column;
  /// The format that it was to get, and in which there is no number so large;
  /// none where the file has no number.
  std::optional<Format> overflown = std::nullopt;

  /// "NaN in row 5, column 7 of tensor 'model.norm.weight' in FILE", or "a
  /// number too large for f16 in ...".
  std::string describe() const;
};

/// The first of `count` elements at `row` that is a NaN or an infinity; of a
/// block whose scale is one, the first of the block. -1 where all are finite.
int64_t findNonFinite(Format format, const uint8_t *row, int64_t count);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_FINITE_H
