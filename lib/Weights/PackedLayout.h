// PackedLayout.h - the bytes of packed weights.
//
// One family for every format and target. `lanes` rows form a group; a group is
// a run of superblocks along the columns, and a superblock is
//
//   d      [superElements / blockElements][lanes]  f16, bf16 or f32
//   dmin   the same, if the format has minima
//   sc     [superElements / subBlockElements][lanes]  int8, if it has them
//   m      [superElements / subBlockElements][lanes]  uint8, if it has them
//   q      [superElements / 32] blocks of [bits][lanes][4]  bytes
//
// Dot j (of 8) of a block covers columns 4j to 4j+3, one byte each. A vector
// [lanes][4] holds one dot in its low bits; what is left above them holds the
// other dots, in fields (dotFields). 8 bits are stored signed. Float formats
// are [columns][lanes] elements, BF16 in pairs of columns
// [columns / 2][lanes][2]. Vectors of more than 64 bytes begin at multiples of
// their length. Columns are filled up with zeros to whole
// superblocks. So a thread reads strictly rising cache lines, and the scales
// come first.

#ifndef LFM2C_LIB_WEIGHTS_PACKEDLAYOUT_H
#define LFM2C_LIB_WEIGHTS_PACKEDLAYOUT_H

#include "lib/Weights/Format.h"
#include "llvm/ADT/ArrayRef.h"

namespace lfm2c {

/// Columns that share one activation scale, and one run of 8 dots.
constexpr int64_t dotBlock = 32;

/// Bits `from` to `from + count` of a byte of vector `vector` of a block, which
/// are bits `to` and following of a dot's.
struct DotField {
  uint8_t vector, from, count, to;
};

/// The fields of dot `j` of a block of weights of `bits` bits. Most dots are
/// one field, which costs one mask. One in several fields, which are in the
/// order of vectors, comes after the dots it lies above: so vectors are needed
/// in rising order.
llvm::ArrayRef<DotField> dotFields(int64_t bits, int64_t j);

/// How many dots in a row share vectors: several lie in one, or one is held
/// above the others of them.
constexpr int64_t dotsTogether(int64_t bits) {
  return bits == 8 ? 1 : bits < 4 ? 8 / bits : (8 + 8 - bits - 1) / (8 - bits);
}

struct PackedLayout {
  Format format;
  int64_t lanes;

  // In elements and bytes; offsets from the start of a superblock.
  int64_t superElements;
  int64_t dOffset, dminOffset, scOffset, mOffset, qOffset;
  int64_t scaleBytes; ///< Of d and of dmin.
  int64_t bits;       ///< Of a weight, and vectors of a block of 32; 0: floats.
  int64_t superBytes;

  PackedLayout(Format format, int64_t lanes);

  int64_t blockBytes() const { return bits * 4 * lanes; }
  int64_t superblocks(int64_t cols) const {
    return (cols + superElements - 1) / superElements;
  }
  /// Bytes of one group of `lanes` rows.
  int64_t groupBytes(int64_t cols) const {
    return superblocks(cols) * superBytes;
  }
};

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_PACKEDLAYOUT_H
