// Blocks to integers, rows to floats: both from the description of the format.

#include "lib/Weights/AffineFormats.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/ErrorHandling.h"
#include <algorithm>
#include <cmath>
#include <cstring>

// One rounding per written operation, as numpy does it; a fused multiply-add
// would change last bits.
#pragma STDC FP_CONTRACT OFF

using namespace lfm2c;
using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

static void unpackScales(llvm::ArrayRef<ScaleField> fields,
                         const uint8_t *block, uint8_t *out) {
  for (const ScaleField &field : fields)
    for (unsigned k = 0; k < field.count; ++k) {
      unsigned value = block[field.offset + k] >> field.bit;
      value &= (1u << field.bits) - 1;
      out[field.first + k * field.step] |= value << field.shift;
    }
}

static void unpackPlane(const BitPlane &plane, unsigned elements,
                        const uint8_t *block, uint8_t *q) {
  const uint8_t *bytes = block + plane.offset;
  const unsigned mask = (1u << plane.bits) - 1;
  for (unsigned begin = 0; begin < elements; begin += plane.span) {
    unsigned bit = 0;
    for (unsigned i = 0; i < plane.span; i += plane.width, bit += plane.step)
      for (unsigned j = 0; j < plane.width; ++j)
        q[begin + i + j] |= ((bytes[j] >> bit) & mask) << plane.shift;
    bytes += plane.stride;
  }
}

/// The bits of d or dmin at `at`, as an UnpackedBlock has them.
static uint32_t readScale(const FormatInfo &info, const uint8_t *at) {
  switch (info.scaleType) {
  case ScaleType::F32:
    return read32le(at);
  case ScaleType::F16:
  case ScaleType::BF16:
    return read16le(at);
  case ScaleType::E8M0:
    break;
  }
  // 2 to this power, as BF16; below 2^-126 by the one bit of the mantissa.
  int exponent = int(*at) - 127 + info.factor;
  if (exponent < -126)
    return exponent < -133 ? 0 : 1u << (exponent + 133);
  return uint32_t(std::min(exponent, 128) + 127) << 7;
}

static uint32_t signBit(ScaleType type) {
  return type == ScaleType::F32 ? 0x80000000 : 0x8000;
}

static void unpack(const FormatInfo &info, const uint8_t *block,
                   UnpackedBlock &out) {
  memset(&out, 0, sizeof(out));
  if (info.unpack)
    return info.unpack(info, block, out);
  out.d = readScale(info, block + info.dOffset);
  if (info.hasMin) {
    out.dmin = readScale(info, block + info.dminOffset);
    if (info.addsMin)
      out.dmin ^= signBit(info.scaleType);
    if (info.hasSubMinima)
      unpackScales(info.minima, block, out.m);
    else
      memset(out.m, 1, info.subBlocks());
  }
  if (info.hasSubScales) {
    unpackScales(info.scales, block, reinterpret_cast<uint8_t *>(out.sc));
    for (unsigned b = 0; info.scaleZero != 0 && b < info.subBlocks(); ++b)
      out.sc[b] = int8_t(uint8_t(out.sc[b]) - info.scaleZero);
  } else {
    memset(out.sc, 1, info.subBlocks());
  }
  for (const BitPlane &plane : info.planes)
    unpackPlane(plane, info.blockElements, block, out.q);
  if (info.quantFlip)
    for (unsigned i = 0; i < info.blockElements; ++i)
      out.q[i] ^= info.quantFlip;
}

void lfm2c::unpackBlock(Format format, const uint8_t *block,
                        UnpackedBlock &out) {
  unpack(getFormatInfo(format), block, out);
}

float lfm2c::scaleToFloat(ScaleType type, uint32_t bits) {
  switch (type) {
  case ScaleType::F16:
    return halfToFloat(uint16_t(bits));
  case ScaleType::BF16:
    return bfloatToFloat(uint16_t(bits));
  case ScaleType::F32:
    return llvm::bit_cast<float>(bits);
  case ScaleType::E8M0:
    break;
  }
  llvm_unreachable("blocks are unpacked to other types");
}

static void dequantizeBlock(const FormatInfo &info, const uint8_t *block,
                            float *dst) {
  UnpackedBlock u;
  unpack(info, block, u);
  const bool isZeroPoint = hasZeroPoints(info);
  const float factor = std::ldexp(1.0f, info.packedFactor());
  const float d = factor * scaleToFloat(info.packedScale(), u.d),
              dmin = factor * scaleToFloat(info.packedScale(), u.dmin);
  for (unsigned b = 0; b < info.subBlocks(); ++b) {
    const float scale = d * float(u.sc[b]);
    const uint8_t *q = u.q + size_t(b) * info.subBlockElements;
    float *out = dst + size_t(b) * info.subBlockElements;
    if (isZeroPoint) {
      for (unsigned i = 0; i < info.subBlockElements; ++i)
        out[i] = scale * float(info.value(q[i]) - u.m[b]);
    } else if (info.hasMin) {
      const float offset = dmin * float(u.m[b]);
      for (unsigned i = 0; i < info.subBlockElements; ++i)
        out[i] = scale * float(info.value(q[i])) - offset;
    } else {
      for (unsigned i = 0; i < info.subBlockElements; ++i)
        out[i] = scale * float(info.value(q[i]));
    }
  }
}

static void dequantizeFloat8(const FormatInfo &info, const uint8_t *block,
                             float *dst) {
  const float d = llvm::bit_cast<float>(read32le(block));
  for (unsigned i = 0; i < info.blockElements; ++i)
    dst[i] = float8ToFloat(block[4 + i]) * d;
}

void lfm2c::dequantizeRow(Format format, const uint8_t *src, float *dst,
                          int64_t count) {
  switch (format) {
  case Format::F32:
    for (int64_t i = 0; i < count; ++i)
      dst[i] = llvm::bit_cast<float>(read32le(src + 4 * i));
    return;
  case Format::F16:
    for (int64_t i = 0; i < count; ++i)
      dst[i] = halfToFloat(read16le(src + 2 * i));
    return;
  case Format::BF16:
    for (int64_t i = 0; i < count; ++i)
      dst[i] = bfloatToFloat(read16le(src + 2 * i));
    return;
  default:
    break;
  }
  const FormatInfo &info = getFormatInfo(format);
  for (int64_t i = 0; i < count; i += info.blockElements) {
    if (isFloat8(info))
      dequantizeFloat8(info, src, dst + i);
    else
      dequantizeBlock(info, src, dst + i);
    src += info.blockBytes;
  }
}
