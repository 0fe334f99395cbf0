#include "lib/Weights/AffineFormats.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"
#include <cstring>

using namespace lfm2c;
using llvm::StringRef;
using Minimum = AffineFormat::Minimum;

void lfm2c::unpackBits(const uint8_t *from, unsigned bits, int64_t count,
                       uint8_t *to) {
  const unsigned mask = (1u << bits) - 1;
  unsigned held = 0, have = 0; // Bits that are read, but not used yet.
  for (int64_t i = 0; i < count; ++i) {
    if (have < bits) {
      held |= unsigned(*from++) << have;
      have += 8;
    }
    to[i] = held & mask;
    held >>= bits;
    have -= bits;
  }
}

void lfm2c::packBits(const uint8_t *from, unsigned bits, int64_t count,
                     uint8_t *to) {
  unsigned held = 0, have = 0;
  for (int64_t i = 0; i < count; ++i) {
    held |= unsigned(from[i]) << have;
    have += bits;
    if (have >= 8) {
      *to++ = uint8_t(held);
      held >>= 8;
      have -= 8;
    }
  }
}

static uint32_t readScale(ScaleType type, const uint8_t *at) {
  return type == ScaleType::F32 ? llvm::support::endian::read32le(at)
                                : llvm::support::endian::read16le(at);
}

/// As in AffineFormat, which `info` is made of.
static void unpackAffine(const FormatInfo &info, const uint8_t *block,
                         UnpackedBlock &out) {
  const unsigned width = scaleBytes(info.scaleType);
  const uint8_t *ints = block + width;
  out.d = readScale(info.scaleType, block);
  out.sc[0] = 1;
  if (info.hasSubMinima) {
    out.dmin = out.d;
    out.m[0] = *ints++;
  } else if (info.hasMin) { // Always to be subtracted.
    out.dmin = readScale(info.scaleType, ints) ^ (1u << (8 * width - 1));
    out.m[0] = 1;
    ints += width;
  }
  unpackBits(ints, info.bits, info.blockElements, out.q);
}

unsigned AffineFormat::intsOffset() const {
  const unsigned width = scaleBytes(scale);
  return minimum == Minimum::None    ? width
         : minimum == Minimum::Added ? 2 * width
                                     : width + 1;
}

static StringRef typeName(ScaleType type) {
  return type == ScaleType::F32    ? "f32"
         : type == ScaleType::BF16 ? "bf16"
                                   : "f16";
}

std::string AffineFormat::name() const {
  const char *kind = minimum == Minimum::Added  ? "affine"
                     : minimum == Minimum::None ? "int"
                                                : "uint";
  return kind + std::to_string(bits) + "_g" + std::to_string(group) + "_" +
         typeName(scale).str();
}

Format AffineFormat::get() const {
  const std::string word = name();
  FormatInfo info{};
  info.name = word;
  info.ggmlType = FormatInfo::noGGML;
  info.blockElements = info.subBlockElements = group;
  info.blockBytes = blockBytes();
  info.bits = bits;
  info.zero = minimum == Minimum::None ? 1 << (bits - 1) : 0;
  info.hasMin = minimum != Minimum::None;
  info.hasSubMinima = minimum == Minimum::ZeroPoint;
  info.addsMin = minimum == Minimum::Added;
  info.scaleType = scale;
  info.dminOffset = minimum == Minimum::Added ? scaleBytes(scale) : 0;
  info.unpack = unpackAffine;
  return registerFormat(info);
}

bool lfm2c::hasZeroPoints(const FormatInfo &info) {
  return info.unpack == unpackAffine && info.hasSubMinima;
}

float lfm2c::float8ToFloat(uint8_t bits) {
  const uint32_t sign = uint32_t(bits & 0x80) << 24, magnitude = bits & 0x7f;
  if (magnitude == 0x7f)
    return llvm::bit_cast<float>(sign | 0x7fc00000);
  // A half with the same bits is smaller by 2^8, subnormals included.
  const float value = halfToFloat(uint16_t(magnitude << 7)) * 256;
  return llvm::bit_cast<float>(sign | llvm::bit_cast<uint32_t>(value));
}

Format lfm2c::float8Format(unsigned group) {
  const std::string name = "e4m3_g" + std::to_string(group);
  FormatInfo info{};
  info.name = name;
  info.ggmlType = FormatInfo::noGGML;
  info.blockElements = info.subBlockElements = group;
  info.blockBytes = 4 + group;
  info.scaleType = ScaleType::F32;
  return registerFormat(info);
}

static bool isGroup(unsigned size) {
  return size == 32 || size == 64 || size == 128;
}

/// Of one of the formats that there are so many of that each is registered when
/// it is asked for.
static std::optional<Format> registerByName(StringRef name) {
  AffineFormat out;
  if (name.consume_front("e4m3_g")) {
    if (name.getAsInteger(10, out.group) || !isGroup(out.group))
      return std::nullopt;
    return float8Format(out.group);
  }
  if (name.consume_front("affine"))
    out.minimum = Minimum::Added;
  else if (name.consume_front("int"))
    out.minimum = Minimum::None;
  else if (name.consume_front("uint"))
    out.minimum = Minimum::ZeroPoint;
  else
    return std::nullopt;
  if (name.consumeInteger(10, out.bits) || !name.consume_front("_g") ||
      name.consumeInteger(10, out.group) || !name.consume_front("_") ||
      !llvm::is_contained({2, 3, 4, 5, 6, 8}, out.bits) || !isGroup(out.group))
    return std::nullopt;
  const auto type = llvm::StringSwitch<std::optional<ScaleType>>(name)
                        .Case("f16", ScaleType::F16)
                        .Case("bf16", ScaleType::BF16)
                        .Case("f32", ScaleType::F32)
                        .Default(std::nullopt);
  if (!type)
    return std::nullopt;
  out.scale = *type;
  return out.get();
}

std::optional<Format> lfm2c::formatFromName(StringRef name) {
  for (Format format : allFormats())
    if (getFormatInfo(format).name == name)
      return format;
  return registerByName(name);
}
