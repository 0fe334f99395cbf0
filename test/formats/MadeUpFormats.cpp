// Weight formats that no file has: each one description and one registration.
//
// Their blocks are as large as one, two and four of Q4_0, so that a file of
// Q4_0 becomes one of theirs by a number at each tensor. Any bytes are weights.

#include "lib/Weights/Format.h"
#include "llvm/Support/Endian.h"

using namespace lfm2c;
using llvm::support::endian::read16le;

namespace {

/// Q4_0's d, its nibbles places in a table: 32 codes of 4 bits.
constexpr BitPlane nibbles[] = {{2, 4, 0, 32, 16, 16, 4}};
constexpr int8_t cubes[] = {-125, -91, -64, -43, -27, -16, -8, -3,
                            -1,   0,   1,   8,   27,  64,  91, 125};
FormatInfo codes() {
  FormatInfo info = {Format::F32, "test_cubes", 201, 32, 18};
  info.bits = 4;
  info.subBlockElements = 32;
  info.planes = nibbles;
  info.codes = cubes;
  info.factor = -4;
  return info;
}

/// Element i of blocks of Q4_0.
unsigned nibble(const uint8_t *block, unsigned i) {
  return block[i / 32 * 18 + 2 + i % 16] >> (i / 16 % 2 * 4) & 15;
}

/// Groups with one scale, that of the first of their blocks of Q4_0, as f32,
/// and a minimum without m, twice the scale: q of 3 bits and of 5.
void unpackGroup(const FormatInfo &info, const uint8_t *block,
                 UnpackedBlock &out) {
  float d = halfToFloat(read16le(block));
  out.d = llvm::bit_cast<uint32_t>(d);
  out.dmin = llvm::bit_cast<uint32_t>(2 * d);
  for (unsigned b = 0; b < info.subBlocks(); ++b)
    out.sc[b] = out.m[b] = 1;
  for (unsigned i = 0; i < info.blockElements; ++i) {
    unsigned q = nibble(block, i);
    out.q[i] = info.bits == 3 ? q & 7 : q + (i & 1);
  }
}
FormatInfo group(llvm::StringRef name, uint32_t type, unsigned elements,
                 unsigned bits) {
  FormatInfo info = {Format::F32, name, type, elements, elements / 32 * 18};
  info.bits = bits;
  info.zero = 2;
  info.subBlockElements = elements;
  info.hasMin = true;
  info.scaleType = ScaleType::F32;
  info.unpack = unpackGroup;
  return info;
}

const Format registered[] = {registerFormat(codes()),
                             registerFormat(group("test_64", 202, 64, 3)),
                             registerFormat(group("test_128", 203, 128, 5))};

} // namespace
