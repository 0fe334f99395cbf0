// The descriptions of formats whose weights are points of a grid, or ternary.

#include "lib/Weights/FormatTable.h"
#include "lib/Weights/Grids.h"
#include <vector>

using namespace lfm2c;

namespace {

constexpr BitPlane planesTQ2_0[] = {{0, 2, 0, 128, 32, 32, 2}};

/// Blocks of 256 with a scale for every `sub` weights, d times 2^factor. Codes
/// of 8 are q of three bits, of 16 of four.
FormatInfo grid(Format format, const char *name, uint32_t type, unsigned bytes,
                unsigned sub, UnpackFunction unpack,
                llvm::ArrayRef<int8_t> codes, int factor) {
  FormatInfo info = {format, name, type, 256, bytes};
  info.bits = codes.size() == 8 ? 3 : 4;
  info.subBlockElements = sub;
  info.hasSubScales = true;
  info.factor = factor;
  info.codes = codes;
  info.unpack = unpack;
  return info;
}

/// Blocks of 256 numbers -1, 0 and 1 with one scale.
FormatInfo ternary(Format format, const char *name, uint32_t type,
                   unsigned bytes) {
  FormatInfo info = {format, name, type, 256, bytes};
  info.bits = 2;
  info.zero = 1;
  info.subBlockElements = 256;
  return info;
}

FormatInfo makeTQ1_0() {
  FormatInfo info = ternary(Format::TQ1_0, "tq1_0", 34, 54);
  info.unpack = unpackTQ1_0;
  return info;
}

FormatInfo makeTQ2_0() {
  FormatInfo info = ternary(Format::TQ2_0, "tq2_0", 35, 66);
  info.dOffset = 64;
  info.planes = planesTQ2_0;
  return info;
}

} // namespace

llvm::ArrayRef<FormatInfo> lfm2c::gridFormats() {
  static const std::vector<FormatInfo> formats = {
      grid(Format::IQ1_S, "iq1_s", 19, 50, 32, unpackIQ1_S, codesIQ1, -3),
      grid(Format::IQ1_M, "iq1_m", 29, 56, 16, unpackIQ1_M, codesIQ1, -3),
      grid(Format::IQ2_XXS, "iq2_xxs", 16, 66, 32, unpackIQ2_XXS, codesIQ2, -3),
      grid(Format::IQ2_XS, "iq2_xs", 17, 74, 16, unpackIQ2_XS, codesIQ2, -3),
      grid(Format::IQ2_S, "iq2_s", 22, 82, 16, unpackIQ2_S, codesIQ2, -3),
      grid(Format::IQ3_XXS, "iq3_xxs", 18, 98, 32, unpackIQ3_XXS, codesIQ3_XXS,
           -1),
      grid(Format::IQ3_S, "iq3_s", 21, 110, 32, unpackIQ3_S, codesIQ3_S, 0),
      makeTQ1_0(),
      makeTQ2_0(),
  };
  return formats;
}
