// The numbers that a block of a format can hold, as encoders see them.
//
//   w[i] = d * sc[b] * v(q[i]) + sign * dmin * m[b]
//
// Everything is read off the format's description, so that a format that is
// registered can be written, too.

#ifndef LFM2C_LIB_QUANTIZE_GRID_H
#define LFM2C_LIB_QUANTIZE_GRID_H

#include "lib/Weights/Format.h"
#include "llvm/ADT/SmallVector.h"

namespace lfm2c {

inline constexpr unsigned maxBlockElements = 256;
inline constexpr unsigned maxSubBlocks = 16;

struct Grid {
  Format format = Format::F32;
  unsigned elements = 0, sub = 0, subs = 0;
  bool hasRowScale = false; ///< All blocks of a row have the same d.

  /// v(q): whole numbers from lowest to highest, or, with `table`, `values` in
  /// rising order, of which `codes` says what q they have.
  bool table = false;
  float lowest = 0, highest = 0;
  float origin = 0; ///< Of whole numbers: v(0).
  llvm::SmallVector<float, 16> values;
  llvm::SmallVector<uint8_t, 16> codes;

  /// Sub-scales: whole numbers in [scLow, scHigh]; both 1 if there are none.
  int scLow = 1, scHigh = 1;
  int scZero = 0; ///< Of stored sub-scales.
  /// Minima: none, or m in [mLow, mHigh], both 1 if only dmin is stored.
  bool hasMin = false;
  int mLow = 0, mHigh = 0;
  float minSign = -1;

  ScaleType scaleType = ScaleType::F16; ///< Of d and dmin,
  int factor = 0; ///< which are multiplied by 2 to this power.

  /// A value of d or dmin as it is stored.
  float roundScale(float value) const;
  /// Whether scales are so far apart that neighbours of the nearest matter.
  bool hasCoarseScale() const { return scaleType == ScaleType::E8M0; }
  /// Whether a scale may be negative.
  bool isSigned() const {
    return scLow < 0 || (!hasSubScales() && !hasCoarseScale());
  }
  bool hasSubScales() const { return scHigh > 1; }
  bool hasSubMinima() const { return mHigh > 1; }
};

/// One block in a grid's terms. d and dmin are as roundScale() gives them; q
/// are the codes as the file has them.
struct GridBlock {
  float d = 0, dmin = 0;
  int sc[maxSubBlocks], m[maxSubBlocks];
  uint8_t q[maxBlockElements];
};

/// Null for formats that no grid describes: floats, and those whose blocks are
/// unpacked by a function of their own.
std::optional<Grid> describeGrid(Format format);

/// Writes the bytes of a block.
void writeBlock(const Grid &grid, const GridBlock &block, uint8_t *bytes);

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_GRID_H
