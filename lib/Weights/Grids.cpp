// Blocks of grid numbers to codes.

#include "lib/Weights/Grids.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include <cstring>

using namespace lfm2c;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

namespace {

#include "lib/Weights/GridTables.inc"

/// Eight weights of a point of eight: q = 4 * sign + number.
void writeEight(uint8_t *q, uint16_t point, unsigned signs) {
  for (unsigned i = 0; i < 8; ++i)
    q[i] = (point >> 2 * i & 3) | (signs >> i & 1) << 2;
}

/// Eight weights of two points of four: q = 8 * sign + number.
void writeFours(uint8_t *q, uint16_t first, uint16_t second, unsigned signs) {
  for (unsigned i = 0; i < 8; ++i)
    q[i] = ((i < 4 ? first : second) >> 4 * (i % 4) & 7) | (signs >> i & 1)
                                                               << 3;
}

/// Eight signs of seven bits: their number is even.
unsigned evenSigns(unsigned seven) {
  seven &= 127;
  return seven | (llvm::popcount(seven) & 1) << 7;
}

int8_t odd(unsigned s) { return int8_t(2 * s + 1); }

/// Byte `i` of a row of nibbles, two scales each, the first low.
unsigned nibble(const uint8_t *bytes, unsigned i) {
  return bytes[i / 2] >> i % 2 * 4 & 15;
}

} // namespace

// f16 d | 8 x (four numbers of 8 bits | 4 x 7 signs, 4 bits of scale)
void lfm2c::unpackIQ2_XXS(const FormatInfo &, const uint8_t *block,
                          UnpackedBlock &out) {
  out.d = read16le(block);
  for (unsigned b = 0; b < 8; ++b) {
    const uint8_t *numbers = block + 2 + 8 * b;
    const uint32_t rest = read32le(numbers + 4);
    out.sc[b] = odd(rest >> 28);
    for (unsigned k = 0; k < 4; ++k)
      writeEight(out.q + 32 * b + 8 * k, pointsIQ2_XXS[numbers[k]],
                 evenSigns(rest >> 7 * k));
  }
}

// f16 d | 32 x (9 bits of number, 7 signs) | 16 scales of 4 bits
void lfm2c::unpackIQ2_XS(const FormatInfo &, const uint8_t *block,
                         UnpackedBlock &out) {
  out.d = read16le(block);
  for (unsigned k = 0; k < 32; ++k) {
    const unsigned word = read16le(block + 2 + 2 * k);
    writeEight(out.q + 8 * k, pointsIQ2_XS[word & 511], evenSigns(word >> 9));
  }
  for (unsigned b = 0; b < 16; ++b)
    out.sc[b] = odd(nibble(block + 66, b));
}

// f16 d | 32 low bytes of numbers | 32 x 8 signs | 32 x 2 upper bits of numbers
// | 16 scales of 4 bits
void lfm2c::unpackIQ2_S(const FormatInfo &, const uint8_t *block,
                        UnpackedBlock &out) {
  out.d = read16le(block);
  for (unsigned k = 0; k < 32; ++k) {
    const unsigned high = block[66 + k / 4] >> k % 4 * 2 & 3;
    writeEight(out.q + 8 * k, pointsIQ2_S[block[2 + k] | high << 8],
               block[34 + k]);
  }
  for (unsigned b = 0; b < 16; ++b)
    out.sc[b] = odd(nibble(block + 74, b));
}

// f16 d | 64 numbers of 8 bits | 8 x (4 x 7 signs, 4 bits of scale)
void lfm2c::unpackIQ3_XXS(const FormatInfo &, const uint8_t *block,
                          UnpackedBlock &out) {
  out.d = read16le(block);
  for (unsigned b = 0; b < 8; ++b) {
    const uint8_t *numbers = block + 2 + 8 * b;
    const uint32_t rest = read32le(block + 66 + 4 * b);
    out.sc[b] = odd(rest >> 28);
    for (unsigned k = 0; k < 4; ++k)
      writeFours(out.q + 32 * b + 8 * k, pointsIQ3_XXS[numbers[2 * k]],
                 pointsIQ3_XXS[numbers[2 * k + 1]], evenSigns(rest >> 7 * k));
  }
}

// f16 d | 64 low bytes of numbers | 64 upper bits of them | 32 x 8 signs
// | 8 scales of 4 bits
void lfm2c::unpackIQ3_S(const FormatInfo &, const uint8_t *block,
                        UnpackedBlock &out) {
  out.d = read16le(block);
  auto point = [&](unsigned i) {
    const unsigned high = block[66 + i / 8] >> i % 8 & 1;
    return pointsIQ3_S[block[2 + i] | high << 8];
  };
  for (unsigned k = 0; k < 32; ++k)
    writeFours(out.q + 8 * k, point(2 * k), point(2 * k + 1), block[74 + k]);
  for (unsigned b = 0; b < 8; ++b)
    out.sc[b] = odd(nibble(block + 106, b));
}

/// Of the grid of IQ1, whose numbers count -1, 0 and 1.
static void writeTernary(uint8_t *q, unsigned number, bool less) {
  const uint16_t point = pointsIQ1[number];
  for (unsigned i = 0; i < 8; ++i)
    q[i] = (point >> 2 * i & 3) * 2 + !less;
}

// f16 d | 32 low bytes of numbers | 8 x (4 x 3 upper bits, 3 bits of scale,
// 1 bit: an eighth less)
void lfm2c::unpackIQ1_S(const FormatInfo &, const uint8_t *block,
                        UnpackedBlock &out) {
  out.d = read16le(block);
  for (unsigned b = 0; b < 8; ++b) {
    const unsigned word = read16le(block + 34 + 2 * b);
    out.sc[b] = odd(word >> 12 & 7);
    for (unsigned k = 0; k < 4; ++k)
      writeTernary(out.q + 32 * b + 8 * k,
                   block[2 + 4 * b + k] | (word >> 3 * k & 7) << 8,
                   word >> 15 != 0);
  }
}

// 32 low bytes of numbers | 32 x (3 upper bits, 1 bit: an eighth less) | 4 x
// (4 scales of 3 bits, 4 bits of d, the lowest first)
void lfm2c::unpackIQ1_M(const FormatInfo &, const uint8_t *block,
                        UnpackedBlock &out) {
  for (unsigned i = 0; i < 4; ++i)
    out.d |= (read16le(block + 48 + 2 * i) >> 12) << 4 * i;
  for (unsigned k = 0; k < 32; ++k) {
    const unsigned rest = nibble(block + 32, k);
    writeTernary(out.q + 8 * k, block[k] | (rest & 7) << 8, (rest & 8) != 0);
  }
  for (unsigned b = 0; b < 16; ++b)
    out.sc[b] = odd(read16le(block + 48 + b / 4 * 2) >> b % 4 * 3 & 7);
}

// 48 bytes of five digits of base 3 and 4 bytes of four | f16 d. A byte is a
// fraction of 256: times 3, what comes over is the first digit.
void lfm2c::unpackTQ1_0(const FormatInfo &, const uint8_t *block,
                        UnpackedBlock &out) {
  out.d = read16le(block + 52);
  memset(out.sc, 1, 16);
  uint8_t *q = out.q;
  auto write = [&](unsigned from, unsigned bytes, unsigned digits) {
    for (unsigned i = 0; i < bytes; ++i) {
      uint8_t fraction = block[from + i];
      for (unsigned n = 0; n < digits; ++n, fraction *= 3)
        q[n * bytes + i] = fraction * 3 >> 8;
    }
    q += size_t(bytes) * digits;
  };
  write(0, 32, 5);
  write(32, 16, 5);
  write(48, 4, 4);
}
