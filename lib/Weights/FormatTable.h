// The formats of GGUF files, as FormatRegistry.cpp registers them.

#ifndef LFM2C_LIB_WEIGHTS_FORMATTABLE_H
#define LFM2C_LIB_WEIGHTS_FORMATTABLE_H

#include "lib/Weights/Format.h"

namespace lfm2c {

/// Of FormatTable.cpp: what BitPlanes describe.
llvm::ArrayRef<FormatInfo> plainFormats();
/// Of GridFormats.cpp: grids of points, and ternary numbers.
llvm::ArrayRef<FormatInfo> gridFormats();

inline constexpr llvm::StringLiteral int8Name = "int8";
/// Whether all blocks of a row have the same d, as those of int8 do.
inline bool hasRowScale(const FormatInfo &info) {
  return info.name == int8Name;
}

// Encoders of Encode.cpp.
void encodeQ8_0(const FormatInfo &info, const float *values,
                const float *importance, uint8_t *block);
void encodeQ4_0(const FormatInfo &info, const float *values,
                const float *importance, uint8_t *block);

} // namespace lfm2c

#endif // LFM2C_LIB_WEIGHTS_FORMATTABLE_H
