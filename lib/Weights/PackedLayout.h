// PackedLayout.h - the bytes of packed weights.
//
// One family for every format and target. `lanes` rows form a group; a group is
// a run of superblocks along the columns, and a superblock is
//
//   d      [superElements / blockElements][lanes]  f16
//   dmin   the same, if the format has minima
//   sc     [superElements / groupElements][lanes]  int8, if it has sub-scales
//   m      [superElements / groupElements][lanes]  uint8, if it has minima
//   q      [superElements / 32] blocks of
//            low    [4 or 8][lanes][4]  bytes
//            high   [0, 1 or 2][lanes][4]  bytes
//
// Dot j (of 8) of a block covers columns 4j to 4j+3, one byte each. Formats of
// 4 to 6 bits keep the low 4 bits of dots j and j + 4 in the two nibbles of low
// vector j. The fifth bit of dot j is bit j of the high vector; fifth and sixth
// bit of dot j are bits 2(j%4), 2(j%4)+1 of high vector j/4. 8 bits are stored
// signed. Float formats are [columns][lanes] elements, BF16 in pairs of columns
// [columns / 2][lanes][2]. Vectors of more than 64 bytes begin at multiples of
// their length. Columns are filled up with zeros to whole
// superblocks. So a thread reads strictly rising cache lines, and the scales
// come first.

#ifndef LIB_WEIGHTS_PACKEDLAYOUT_H
#define LIB_WEIGHTS_PACKEDLAYOUT_H

#include "lib/Weights/Format.h"

namespace lfm2c {

/// Columns that share one activation scale, and one run of 8 dots.
constexpr int64_t dotBlock = 32;

struct PackedLayout {
  Format format;
  int64_t lanes;

  // In elements and bytes; offsets from the start of a superblock.
  int64_t superElements;
  int64_t dOffset, dminOffset, scOffset, mOffset, qOffset;
  int64_t lowVectors, highVectors; ///< Of 4 * lanes bytes, per block of 32.
  int64_t superBytes;

  PackedLayout(Format format, int64_t lanes);

  int64_t blockBytes() const { return (lowVectors + highVectors) * 4 * lanes; }
  int64_t superblocks(int64_t cols) const {
    return (cols + superElements - 1) / superElements;
  }
  /// Bytes of one group of `lanes` rows.
  int64_t groupBytes(int64_t cols) const {
    return superblocks(cols) * superBytes;
  }
};

} // namespace lfm2c

#endif
