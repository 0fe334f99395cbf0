// The small floats, by bits: the same on every host, F16C or not.

#include "lib/Weights/Format.h"
#include "llvm/ADT/bit.h"

using namespace lfm2c;

float lfm2c::halfToFloat(uint16_t bits) {
  uint32_t sign = uint32_t(bits & 0x8000) << 16;
  uint32_t exponent = (bits >> 10) & 31, mantissa = bits & 0x3ff;
  if (exponent == 31)
    return llvm::bit_cast<float>(sign | 0x7f800000 | mantissa << 13);
  if (exponent == 0) { // Subnormals are multiples of 2^-24.
    float magnitude = float(mantissa) * 0x1p-24f;
    return llvm::bit_cast<float>(sign | llvm::bit_cast<uint32_t>(magnitude));
  }
  return llvm::bit_cast<float>(sign | (exponent + 112) << 23 | mantissa << 13);
}

uint16_t lfm2c::floatToHalf(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  uint16_t sign = (bits >> 16) & 0x8000;
  bits &= 0x7fffffff;
  if (bits > 0x7f800000) // NaN: keeps its upper payload, stays a NaN.
    return sign | 0x7e00 | ((bits >> 13) & 0x1ff);
  if (bits >= 0x47800000) // 65536 and above, infinity included.
    return sign | 0x7c00;
  if (bits < 0x38800000) {
    // Below 2^-14: adding 2^-1 moves the result's last place to 2^-24, so the
    // addition itself rounds to nearest even.
    float shifted = llvm::bit_cast<float>(bits) + 0.5f;
    return sign | (llvm::bit_cast<uint32_t>(shifted) - 0x3f000000);
  }
  uint32_t odd = (bits >> 13) & 1;
  return sign | ((bits + 0xfff + odd - 0x38000000) >> 13);
}

float lfm2c::bfloatToFloat(uint16_t bits) {
  return llvm::bit_cast<float>(uint32_t(bits) << 16);
}

uint16_t lfm2c::floatToBFloat(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffff) > 0x7f800000)
    return (bits >> 16) | 64; // A quiet NaN.
  return (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
