// GGUF's formats whose weights are points of a grid, or ternary.
//
// A block names points by number; a point is four or eight magnitudes out of
// three or eight. As many values, with either sign, are few: they become codes
// q of three or four bits, and the formats are packed and computed as all
// others are, with no grid behind the reader. Nothing is rounded.
//
//   w[i] = d * factor * sc[b] * codes[q[i]]
//
// The layouts of the bytes are those of the gguf package. Any bytes are a
// block: a number has no more bits than its grid has points.

#ifndef LFM2C_LIB_WEIGHTS_GRIDS_H
#define LFM2C_LIB_WEIGHTS_GRIDS_H

#include "lib/Weights/Format.h"

namespace lfm2c {

/// Signed magnitudes 8, 25 and 43; codes 3 and 7 stand for nothing, and no
/// block has them. sc = 2 s + 1, factor 1/8.
inline constexpr int8_t codesIQ2[8] = {8, 25, 43, 0, -8, -25, -43, 0};
/// Signed halves of 4, 12, 20, ..., 52 and 62. sc = 2 s + 1, factor 1/2.
inline constexpr int8_t codesIQ3_XXS[16] = {
    2, 6, 10, 14, 18, 22, 26, 31, -2, -6, -10, -14, -18, -22, -26, -31};
/// Signed odd numbers up to 15. sc = 2 s + 1, factor 1.
inline constexpr int8_t codesIQ3_S[16] = {1,  3,  5,  7,  9,  11,  13,  15,
                                          -1, -3, -5, -7, -9, -11, -13, -15};
/// Eighths of -1, 0 or 1, less or more an eighth: 2 (g + 1), and 1 if more.
/// sc = 2 s + 1, factor 1/8.
inline constexpr int8_t codesIQ1[8] = {-9, -7, -1, 1, 7, 9, 0, 0};

// Blocks of 256 weights to `out`, all of which is zero before. Sub-blocks are
// of 32 weights, or 16 where that is said.
void unpackIQ2_XXS(const FormatInfo &info, const uint8_t *block,
                   UnpackedBlock &out);
void unpackIQ2_XS(const FormatInfo &info, const uint8_t *block,
                  UnpackedBlock &out); ///< Of 16.
void unpackIQ2_S(const FormatInfo &info, const uint8_t *block,
                 UnpackedBlock &out); ///< Of 16.
void unpackIQ3_XXS(const FormatInfo &info, const uint8_t *block,
                   UnpackedBlock &out);
void unpackIQ3_S(const FormatInfo &info, const uint8_t *block,
                 UnpackedBlock &out);
void unpackIQ1_S(const FormatInfo &info, const uint8_t *block,
                 UnpackedBlock &out);
void unpackIQ1_M(const FormatInfo &info, const uint8_t *block,
                 UnpackedBlock &out); ///< Of 16.
/// Five weights a byte; q - 1 is the weight, and there are no sub-scales.
void unpackTQ1_0(const FormatInfo &info, const uint8_t *block,
                 UnpackedBlock &out);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_GRIDS_H
