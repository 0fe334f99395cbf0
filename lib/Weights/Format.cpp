// The table of weight formats, and the questions answered from it.

#include "lib/Weights/Format.h"
#include "llvm/Support/ErrorHandling.h"

using namespace lfm2c;

namespace {

// {offset, bits, shift, span, stride, width, step}
constexpr BitPlane planesQ8_0[] = {{2, 8, 0, 32, 32, 32, 0}};
constexpr BitPlane planesQ4_0[] = {{2, 4, 0, 32, 16, 16, 4}};
constexpr BitPlane planesQ4_K[] = {{16, 4, 0, 64, 32, 32, 4}};
constexpr BitPlane planesQ5_K[] = {{48, 4, 0, 64, 32, 32, 4},
                                   {16, 1, 4, 256, 32, 32, 1}};
constexpr BitPlane planesQ6_K[] = {{0, 4, 0, 128, 64, 64, 4},
                                   {128, 2, 4, 128, 32, 32, 2}};

// {first, count, offset, bit, bits, shift}. Twelve bytes hold eight scales and
// eight minima of six bits: the first four of each whole, the low nibbles of
// the others together, their upper two bits above the first four.
constexpr ScaleField scalesK[] = {
    {0, 4, 4, 0, 6, 0}, {4, 4, 12, 0, 4, 0}, {4, 4, 4, 6, 2, 4}};
constexpr ScaleField minimaK[] = {
    {0, 4, 8, 0, 6, 0}, {4, 4, 12, 4, 4, 0}, {4, 4, 8, 6, 2, 4}};
constexpr ScaleField scalesQ6_K[] = {{0, 16, 192, 0, 8, 0}};

constexpr FormatInfo makeFloat(Format format, const char *name, uint32_t type,
                               unsigned bytes) {
  return {format, name, type, 1, bytes};
}

const FormatInfo table[] = {
    makeFloat(Format::F32, "f32", 0, 4),
    makeFloat(Format::F16, "f16", 1, 2),
    makeFloat(Format::BF16, "bf16", 30, 2),
    {Format::Q8_0, "q8_0", 8, 32, 34, /*bits=*/8, /*zero=*/128,
     /*subBlockElements=*/32, /*hasSubScales=*/false, /*hasMin=*/false,
     /*quantFlip=*/0x80, /*signedSubScales=*/false, /*dOffset=*/0,
     /*dminOffset=*/0, planesQ8_0},
    {Format::Q4_0, "q4_0", 2, 32, 18, /*bits=*/4, /*zero=*/8,
     /*subBlockElements=*/32, /*hasSubScales=*/false, /*hasMin=*/false,
     /*quantFlip=*/0, /*signedSubScales=*/false, /*dOffset=*/0,
     /*dminOffset=*/0, planesQ4_0},
    {Format::Q4_K, "q4_k", 12, 256, 144, /*bits=*/4, /*zero=*/0,
     /*subBlockElements=*/32, /*hasSubScales=*/true, /*hasMin=*/true,
     /*quantFlip=*/0, /*signedSubScales=*/false, /*dOffset=*/0,
     /*dminOffset=*/2, planesQ4_K, scalesK, minimaK},
    {Format::Q5_K, "q5_k", 13, 256, 176, /*bits=*/5, /*zero=*/0,
     /*subBlockElements=*/32, /*hasSubScales=*/true, /*hasMin=*/true,
     /*quantFlip=*/0, /*signedSubScales=*/false, /*dOffset=*/0,
     /*dminOffset=*/2, planesQ5_K, scalesK, minimaK},
    {Format::Q6_K, "q6_k", 14, 256, 210, /*bits=*/6, /*zero=*/32,
     /*subBlockElements=*/16, /*hasSubScales=*/true, /*hasMin=*/false,
     /*quantFlip=*/0, /*signedSubScales=*/true, /*dOffset=*/208,
     /*dminOffset=*/0, planesQ6_K, scalesQ6_K},
};

} // namespace

const FormatInfo &lfm2c::getFormatInfo(Format format) {
  for (const FormatInfo &info : table)
    if (info.format == format)
      return info;
  llvm_unreachable("a format without an entry in the table");
}

std::optional<Format> lfm2c::formatFromGGML(uint32_t type) {
  for (const FormatInfo &info : table)
    if (info.ggmlType == type)
      return info.format;
  return std::nullopt;
}

std::optional<Format> lfm2c::formatFromName(llvm::StringRef name) {
  for (const FormatInfo &info : table)
    if (info.name == name)
      return info.format;
  return std::nullopt;
}

std::string lfm2c::supportedFormatNames() {
  std::string names;
  for (const FormatInfo &info : table)
    names += (names.empty() ? "" : ", ") + info.name.str();
  return names;
}

std::optional<uint64_t> lfm2c::formatBytes(Format format, uint64_t count) {
  const FormatInfo &info = getFormatInfo(format);
  uint64_t bytes;
  if (count % info.blockElements != 0 ||
      __builtin_mul_overflow(count / info.blockElements, info.blockBytes,
                             &bytes))
    return std::nullopt;
  return bytes;
}
