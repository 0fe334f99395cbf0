// Formats of integers in groups along a row, as the quantisers of Hugging Face
// folders write them.
//
// There are many combinations of bits, group and scales, so one function
// describes them all:
//
//   affineB_gN_T   w = d * q + dmin                     MLX
//   intB_gN_T      w = d * (q - 2^(B-1))                symmetric
//   uintB_gN_T     w = d * q - d * m,  m a byte         with a zero point
//
// of B bits, N weights a group, d and dmin of type T. A block is a group: d,
// then dmin or m, then the integers as a stream of bits, lowest first.
// formatFromName() knows these names, too.

#ifndef LFM2C_LIB_WEIGHTS_AFFINEFORMATS_H
#define LFM2C_LIB_WEIGHTS_AFFINEFORMATS_H

#include "lib/Weights/Format.h"

namespace lfm2c {

struct AffineFormat {
  enum class Minimum { None, Added, ZeroPoint };
  unsigned bits;   ///< 2, 3, 4, 5, 6 or 8.
  unsigned group;  ///< 32, 64 or 128.
  ScaleType scale; ///< F16, BF16 or F32.
  Minimum minimum;

  /// Where in a block the integers begin.
  unsigned intsOffset() const;
  unsigned blockBytes() const { return intsOffset() + group * bits / 8; }
  std::string name() const;
  /// The format, which is registered if it is not yet.
  Format get() const;
};

/// FP8: e4m3_gN, bytes of E4M3 behind an f32 d for each `group` of them, which
/// is 32, 64 or 128: w = d * value(byte). Packed they stay bytes, which code
/// multiplies as floats; so it counts as a float format, of blocks.
Format float8Format(unsigned group);

inline bool isFloat8(const FormatInfo &info) {
  return !info.isQuantized() && info.blockElements > 1;
}
/// Whether m is a zero point, and dmin is d: w = d * (q - m), rounded once.
bool hasZeroPoints(const FormatInfo &info);

/// Of a byte of E4M3 without infinities (F8_E4M3 in safetensors).
float float8ToFloat(uint8_t bits);

/// What is subtracted from q of 8 bits so that it is stored signed; where it is
/// not the format's zero, the rest of that is one of the minima.
inline constexpr int storedZero = 128;
inline int restOfZero(const FormatInfo &info) {
  return info.bits == 8 ? storedZero - info.zero : 0;
}

/// `count` integers of `bits` bits each out of a stream of bits, lowest first;
/// count * bits is a multiple of 8.
void unpackBits(const uint8_t *from, unsigned bits, int64_t count, uint8_t *to);
/// The reverse.
void packBits(const uint8_t *from, unsigned bits, int64_t count, uint8_t *to);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_AFFINEFORMATS_H
