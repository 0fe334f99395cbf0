// Blocks to integers, rows to floats: both from the description of the format.

#include "lib/Weights/Format.h"
#include "llvm/Support/Endian.h"
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
    for (unsigned b = 0; b < field.count; ++b) {
      unsigned value = block[field.offset + b] >> field.bit;
      value &= (1u << field.bits) - 1;
      out[field.first + b] |= value << field.shift;
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

static void unpack(const FormatInfo &info, const uint8_t *block,
                   UnpackedBlock &out) {
  memset(&out, 0, sizeof(out));
  out.d = read16le(block + info.dOffset);
  if (info.hasMin) {
    out.dmin = read16le(block + info.dminOffset);
    unpackScales(info.minima, block, out.m);
  }
  if (info.hasSubScales)
    unpackScales(info.scales, block, reinterpret_cast<uint8_t *>(out.sc));
  else
    memset(out.sc, 1, info.subBlocks());
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

static void dequantizeBlock(const FormatInfo &info, const uint8_t *block,
                            float *dst) {
  UnpackedBlock u;
  unpack(info, block, u);
  const float d = halfToFloat(u.d), dmin = halfToFloat(u.dmin);
  for (unsigned b = 0; b < info.subBlocks(); ++b) {
    const float scale = d * float(u.sc[b]);
    const uint8_t *q = u.q + size_t(b) * info.subBlockElements;
    float *out = dst + size_t(b) * info.subBlockElements;
    if (info.hasMin) {
      const float offset = dmin * float(u.m[b]);
      for (unsigned i = 0; i < info.subBlockElements; ++i)
        out[i] = scale * float(int(q[i]) - info.zero) - offset;
    } else {
      for (unsigned i = 0; i < info.subBlockElements; ++i)
        out[i] = scale * float(int(q[i]) - info.zero);
    }
  }
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
    dequantizeBlock(info, src, dst + i);
    src += info.blockBytes;
  }
}
