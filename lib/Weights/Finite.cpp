#include "lib/Weights/Finite.h"
#include "lib/Weights/AffineFormats.h"
#include "llvm/Support/Endian.h"
#include <cmath>
#include <cstring>
#include <vector>

using namespace lfm2c;
using llvm::support::endian::read16le;

/// Whether one of `count` floats, as `Bits`, has an exponent of ones only. A
/// maximum and no early exit: compilers make vectors of this.
template <typename Bits>
static bool hasNonFinite(const uint8_t *row, int64_t count, Bits exponent) {
  const Bits magnitude = Bits(~Bits(0)) >> 1;
  Bits largest = 0;
  for (int64_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, row + i * sizeof(Bits), sizeof(Bits));
    bits &= magnitude;
    largest = bits > largest ? bits : largest;
  }
  return largest >= exponent;
}

/// Whether a scale of packed bits has an exponent of ones only.
static bool isNonFinite(ScaleType type, uint32_t bits) {
  const uint32_t exponent = type == ScaleType::F32   ? 0x7f800000
                            : type == ScaleType::F16 ? 0x7c00
                                                     : 0x7f80;
  return (bits & exponent) == exponent;
}

/// Whether the scales of a block are no numbers.
static bool hasNonFiniteScale(const FormatInfo &info, const uint8_t *block) {
  const ScaleType type = info.packedScale();
  if (info.unpack || type != ScaleType::F16) {
    UnpackedBlock u;
    unpackBlock(info.format, block, u);
    return isNonFinite(type, u.d) || isNonFinite(type, u.dmin);
  }
  return isNonFinite(type, read16le(block + info.dOffset)) ||
         (info.hasMin && isNonFinite(type, read16le(block + info.dminOffset)));
}

/// By the values, some blocks at a time.
static int64_t findNonFiniteValue(const FormatInfo &info, const uint8_t *row,
                                  int64_t count) {
  std::vector<float> values(info.blockElements);
  for (int64_t i = 0; i < count; i += info.blockElements) {
    dequantizeRow(info.format, row, values.data(), info.blockElements);
    for (unsigned k = 0; k < info.blockElements; ++k)
      if (!std::isfinite(values[k]))
        return i + k;
    row += info.blockBytes;
  }
  return -1;
}

int64_t lfm2c::findNonFinite(Format format, const uint8_t *row, int64_t count) {
  const FormatInfo &info = getFormatInfo(format);
  if (isFloat8(info))
    return findNonFiniteValue(info, row, count);
  if (info.isQuantized()) {
    for (int64_t i = 0; i < count; i += info.blockElements) {
      if (hasNonFiniteScale(info, row))
        return i;
      row += info.blockBytes;
    }
    return -1;
  }
  const bool found =
      format == Format::F32
          ? hasNonFinite<uint32_t>(row, count, 0x7f800000)
          : hasNonFinite<uint16_t>(row, count,
                                   format == Format::F16 ? 0x7c00 : 0x7f80);
  if (!found)
    return -1;
  int64_t column = 0;
  for (float value = 0; column < count; ++column) {
    dequantizeRow(format, row + column * info.blockBytes, &value, 1);
    if (!std::isfinite(value))
      break;
  }
  return column;
}

std::string WeightPlace::describe() const {
  if (overflown)
    return "a number too large for " + getFormatInfo(*overflown).name.str() +
           " in " + tensor->describe(row, column);
  std::vector<float> values(tensor->cols());
  RowBuffer buffer;
  dequantizeRow(tensor->format, tensor->readRow(row, buffer), values.data(),
                values.size());
  // A block of an infinite scale has NaN where its integers are 0.
  const char *what = std::isnan(values[column]) ? "NaN" : "infinity";
  return std::string(what) + " in " + tensor->describe(row, column);
}
