// Eight floats at a time, and sums over them whose order is fixed, so that a
// block has the same bytes whatever CPU encodes it.

#ifndef LFM2C_LIB_QUANTIZE_LANES_H
#define LFM2C_LIB_QUANTIZE_LANES_H

#include "lib/Quantize/Grid.h"

namespace lfm2c {

/// Into functions that are compiled for a wider CPU, too.
#define LFM2C_INLINE inline __attribute__((always_inline))

using Lanes = float __attribute__((ext_vector_type(8)));
using LaneInts = int __attribute__((ext_vector_type(8)));

LFM2C_INLINE float sumLanes(Lanes v) {
  const auto four = __builtin_shufflevector(v, v, 0, 1, 2, 3) +
                    __builtin_shufflevector(v, v, 4, 5, 6, 7);
  const auto two = __builtin_shufflevector(four, four, 0, 1) +
                   __builtin_shufflevector(four, four, 2, 3);
  return two[0] + two[1];
}

/// The whole number next to it; |v| is below 2^22.
LFM2C_INLINE Lanes roundLanes(Lanes v) {
  constexpr float magic = 12582912.f; // 1.5 * 2^23
  return (v + magic) - magic;
}

/// Whole numbers of a range.
struct WholeLevels {
  float lowest, highest, origin;

  explicit WholeLevels(const Grid &grid)
      : lowest(grid.lowest), highest(grid.highest), origin(grid.origin) {}
  LFM2C_INLINE Lanes nearest(Lanes v) const {
    return roundLanes(__builtin_elementwise_min(
        __builtin_elementwise_max(v, Lanes(lowest)), Lanes(highest)));
  }
  LFM2C_INLINE uint8_t code(float value) const {
    return uint8_t(value - origin);
  }
};

/// The values of a code table: at most 16.
struct TableLevels {
  unsigned count;
  float first, between[15], step[15];
  const Grid &grid;

  explicit TableLevels(const Grid &grid)
      : count(grid.values.size()), first(grid.values.front()), grid(grid) {
    for (unsigned i = 0; i + 1 < count; ++i) {
      between[i] = (grid.values[i] + grid.values[i + 1]) / 2;
      step[i] = grid.values[i + 1] - grid.values[i];
    }
  }
  LFM2C_INLINE Lanes nearest(Lanes v) const {
    Lanes value = Lanes(first);
    for (unsigned i = 0; i + 1 < count; ++i)
      value += v > Lanes(between[i]) ? Lanes(step[i]) : Lanes(0.f);
    return value;
  }
  LFM2C_INLINE uint8_t code(float value) const {
    unsigned i = 0;
    while (i + 1 < count && grid.values[i] < value)
      ++i;
    return grid.codes[i];
  }
};

/// A stretch of elements that share a scale: `count` vectors of values and of
/// weights, none of which is negative.
struct Stretch {
  const Lanes *x, *w;
  unsigned count;
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_LANES_H
