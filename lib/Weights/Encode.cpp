// Rows of floats to formats that can be written.
//
// The roundings are those of the formats' reference quantisers: scales are
// applied in f32 and stored as f16.

#include "lib/Weights/AffineFormats.h"
#include "lib/Weights/FormatTable.h"
#include "llvm/Support/Endian.h"
#include <algorithm>
#include <cassert>
#include <cmath>

#pragma STDC FP_CONTRACT OFF

using namespace lfm2c;
using llvm::support::endian::write16le;
using llvm::support::endian::write32le;

/// Without undefined values where there is no number; the scale shows it then.
static int toInt(float value) { return std::isfinite(value) ? int(value) : 0; }

void lfm2c::encodeQ8_0(const FormatInfo &, const float *x, const float *,
                       uint8_t *block) {
  float largest = 0;
  for (int i = 0; i < 32; ++i)
    largest = std::max(largest, std::fabs(x[i]));
  const float d = largest / 127;
  const float inverse = d == 0 ? 0 : 1 / d;
  write16le(block, floatToHalf(d));
  for (int i = 0; i < 32; ++i) { // Half away from zero.
    float scaled = x[i] * inverse;
    float magnitude = std::floor(std::fabs(scaled));
    float rest = std::fabs(scaled) - magnitude;
    int q = toInt(magnitude) + (rest >= 0.5f);
    block[2 + i] = uint8_t(int8_t(scaled < 0 ? -q : q));
  }
}

void lfm2c::encodeQ4_0(const FormatInfo &, const float *x, const float *,
                       uint8_t *block) {
  int at = 0;
  for (int i = 1; i < 32; ++i)
    if (std::fabs(x[i]) > std::fabs(x[at]))
      at = i;
  const float d = x[at] / -8;
  const float inverse = d == 0 ? 0 : 1 / d;
  write16le(block, floatToHalf(d));
  uint8_t q[32];
  for (int i = 0; i < 32; ++i) {
    q[i] = uint8_t(std::clamp(toInt(x[i] * inverse + 8.5f), 0, 15));
  }
  for (int i = 0; i < 16; ++i)
    block[2 + i] = q[i] | q[i + 16] << 4;
}

bool lfm2c::canQuantize(Format format) {
  const FormatInfo &info = getFormatInfo(format);
  return (!info.isQuantized() && !isFloat8(info)) || info.encode;
}

void lfm2c::quantizeRow(Format format, const float *src, uint8_t *dst,
                        int64_t count) {
  switch (format) {
  case Format::F32:
    for (int64_t i = 0; i < count; ++i)
      write32le(dst + 4 * i, llvm::bit_cast<uint32_t>(src[i]));
    return;
  case Format::F16:
    for (int64_t i = 0; i < count; ++i)
      write16le(dst + 2 * i, floatToHalf(src[i]));
    return;
  case Format::BF16:
    for (int64_t i = 0; i < count; ++i)
      write16le(dst + 2 * i, floatToBFloat(src[i]));
    return;
  default:
    break;
  }
  const FormatInfo &info = getFormatInfo(format);
  assert(info.encode && "canQuantize() says which formats can be written");
  for (int64_t i = 0; i < count; i += info.blockElements) {
    info.encode(info, src + i, /*importance=*/nullptr, dst);
    dst += info.blockBytes;
  }
}
