#include "lib/Quantize/Grid.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <cstring>

using namespace lfm2c;
using llvm::support::endian::write16le;

/// Bits of the values that fields make together.
static unsigned countBits(llvm::ArrayRef<ScaleField> fields) {
  unsigned bits = 0;
  for (const ScaleField &f : fields)
    bits = std::max<unsigned>(bits, f.bits + f.shift);
  return bits;
}

std::optional<Grid> lfm2c::describeGrid(Format format) {
  const FormatInfo &info = getFormatInfo(format);
  if (!info.isQuantized())
    return std::nullopt;
  Grid grid;
  grid.format = format;
  grid.elements = info.blockElements;
  grid.sub = info.subBlockElements;
  grid.subs = info.subBlocks();
  grid.origin = grid.lowest = float(-info.zero);
  grid.highest = float((1 << info.bits) - 1 - info.zero);
  // Eight bits stay symmetric, as those who multiply int8 by int8 expect.
  if (info.bits == 8 && info.zero == 128)
    grid.lowest = -127;
  if (info.hasSubScales) {
    const unsigned bits = countBits(info.scales);
    grid.scLow = info.signedSubScales ? -(1 << (bits - 1)) : 0;
    grid.scHigh = (1 << (info.signedSubScales ? bits - 1 : bits)) - 1;
  }
  if (info.hasMin) {
    grid.hasMin = true;
    grid.mHigh = (1 << countBits(info.minima)) - 1;
  }
  return grid;
}

float Grid::roundScale(float value) const {
  return halfToFloat(floatToHalf(value));
}

static void writeFields(llvm::ArrayRef<ScaleField> fields, const int *values,
                        uint8_t *bytes) {
  for (const ScaleField &f : fields)
    for (unsigned b = f.first; b < unsigned(f.first) + f.count; ++b) {
      const unsigned part = unsigned(values[b]) >> f.shift;
      bytes[f.offset + b - f.first] |= (part & ((1u << f.bits) - 1)) << f.bit;
    }
}

void lfm2c::writeBlock(const Grid &grid, const GridBlock &block,
                       uint8_t *bytes) {
  const FormatInfo &info = getFormatInfo(grid.format);
  std::memset(bytes, 0, info.blockBytes);
  for (const BitPlane &p : info.planes)
    for (unsigned i = 0; i < info.blockElements; ++i) {
      const unsigned raw = block.q[i] ^ info.quantFlip;
      bytes[p.offset + i / p.span * p.stride + i % p.width] |=
          (raw >> p.shift & ((1u << p.bits) - 1))
          << (i % p.span / p.width * p.step);
    }
  writeFields(info.scales, block.sc, bytes);
  writeFields(info.minima, block.m, bytes);
  write16le(bytes + info.dOffset, floatToHalf(block.d));
  if (info.hasMin)
    write16le(bytes + info.dminOffset, floatToHalf(block.dmin));
}
