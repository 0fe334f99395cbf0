#include "lib/Quantize/Grid.h"
#include "lib/Weights/FormatTable.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

using namespace lfm2c;

/// Bits of the values that fields make together.
static unsigned countBits(llvm::ArrayRef<ScaleField> fields) {
  unsigned bits = 0;
  for (const ScaleField &f : fields)
    bits = std::max<unsigned>(bits, f.bits + f.shift);
  return bits;
}

/// v(q) of a table: each value once, in rising order.
static void describeCodes(const FormatInfo &info, Grid &grid) {
  std::vector<std::pair<int, unsigned>> values;
  for (unsigned q = 0; q < info.codes.size(); ++q)
    values.push_back({info.codes[q], q});
  std::sort(values.begin(), values.end());
  for (auto [value, q] : values)
    if (grid.values.empty() || grid.values.back() != float(value)) {
      grid.values.push_back(float(value));
      grid.codes.push_back(uint8_t(q));
    }
  grid.table = true;
  grid.lowest = grid.values.front();
  grid.highest = grid.values.back();
}

std::optional<Grid> lfm2c::describeGrid(Format format) {
  const FormatInfo &info = getFormatInfo(format);
  if (!info.isQuantized() || info.unpack ||
      (hasRowScale(info) &&
       (info.hasMin || info.hasSubScales || !info.codes.empty())))
    return std::nullopt;
  Grid grid;
  grid.format = format;
  grid.elements = info.blockElements;
  grid.sub = info.subBlockElements;
  grid.subs = info.subBlocks();
  grid.hasRowScale = hasRowScale(info);
  grid.scaleType = info.scaleType;
  grid.factor = info.factor;
  grid.origin = grid.lowest = float(-info.zero);
  grid.highest = float((1 << info.bits) - 1 - info.zero);
  // Eight bits stay symmetric, as those who multiply int8 by int8 expect.
  if (info.bits == 8 && info.zero == 128)
    grid.lowest = -127;
  if (!info.codes.empty())
    describeCodes(info, grid);
  if (info.hasSubScales) {
    const unsigned bits = countBits(info.scales);
    grid.scZero = info.scaleZero;
    grid.scLow = info.signedSubScales ? -(1 << (bits - 1)) : -info.scaleZero;
    grid.scHigh = grid.scLow + (1 << bits) - 1;
  }
  if (info.hasMin) {
    grid.hasMin = true;
    grid.minSign = info.addsMin ? 1 : -1;
    grid.mLow = info.hasSubMinima ? 0 : 1;
    grid.mHigh = info.hasSubMinima ? (1 << countBits(info.minima)) - 1 : 1;
  }
  return grid;
}

/// The power of two of a value that is one or lies between two, as a byte.
static uint8_t toE8M0(float value) {
  if (!(value > 0))
    return 1;
  int exponent;
  const float part = std::frexp(value, &exponent); // In [0.5, 1).
  // Halfway between two powers, by their ratio.
  return uint8_t(
      std::clamp(exponent + (part < 0.70710678f ? -1 : 0) + 127, 1, 254));
}

/// The bits of a scale, before its factor.
static uint32_t encodeScale(ScaleType type, float value) {
  switch (type) {
  case ScaleType::F16:
    return floatToHalf(value);
  case ScaleType::BF16:
    return floatToBFloat(value);
  case ScaleType::F32:
    return llvm::bit_cast<uint32_t>(value);
  case ScaleType::E8M0:
    return toE8M0(value);
  }
  llvm_unreachable("all types are above");
}

float Grid::roundScale(float value) const {
  const uint32_t bits = encodeScale(scaleType, std::ldexp(value, -factor));
  const float stored = scaleType == ScaleType::E8M0
                           ? std::ldexp(1.f, int(bits) - 127)
                           : scaleToFloat(scaleType, bits);
  return std::ldexp(stored, factor);
}

static void writeScale(const Grid &grid, float value, uint8_t *at) {
  const uint32_t bits =
      encodeScale(grid.scaleType, std::ldexp(value, -grid.factor));
  for (unsigned i = 0; i < scaleBytes(grid.scaleType); ++i)
    at[i] = uint8_t(bits >> 8 * i);
}

static void writeFields(llvm::ArrayRef<ScaleField> fields, const int *values,
                        int zero, uint8_t *bytes) {
  for (const ScaleField &f : fields)
    for (unsigned k = 0; k < f.count; ++k) {
      const unsigned raw = unsigned(values[f.first + k * f.step] + zero);
      bytes[f.offset + k] |= (raw >> f.shift & ((1u << f.bits) - 1)) << f.bit;
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
  writeFields(info.scales, block.sc, grid.scZero, bytes);
  writeFields(info.minima, block.m, 0, bytes);
  writeScale(grid, block.d, bytes + info.dOffset);
  if (info.hasMin)
    writeScale(grid, block.dmin, bytes + info.dminOffset);
}
