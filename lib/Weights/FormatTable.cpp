// The descriptions of weight formats that GGUF files have.

#include "lib/Weights/FormatTable.h"
#include <vector>

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
constexpr BitPlane planesQ4_1[] = {{4, 4, 0, 32, 16, 16, 4}};
// The fifth bits lie in order, eight in a byte.
constexpr BitPlane planesQ5_0[] = {{6, 4, 0, 32, 16, 16, 4},
                                   {2, 1, 4, 8, 1, 1, 1}};
constexpr BitPlane planesQ5_1[] = {{8, 4, 0, 32, 16, 16, 4},
                                   {4, 1, 4, 8, 1, 1, 1}};
constexpr BitPlane planesQ2_K[] = {{16, 2, 0, 128, 32, 32, 2}};
constexpr BitPlane planesQ3_K[] = {{32, 2, 0, 128, 32, 32, 2},
                                   {0, 1, 2, 256, 32, 32, 1}};
constexpr BitPlane planesIQ4_XS[] = {{8, 4, 0, 32, 16, 16, 4}};
constexpr BitPlane planesMXFP4[] = {{1, 4, 0, 32, 16, 16, 4}};

// Denser about zero, as weights are.
constexpr int8_t codesIQ4[] = {-127, -104, -83, -65, -49, -35, -22, -10,
                               1,    13,   25,  38,  53,  69,  89,  113};
// Two exponent bits, one of the mantissa: twice 0, 0.5, 1, 1.5, 2, 3, 4, 6, and
// the same below zero.
constexpr int8_t codesFP4[] = {0, 1,  2,  3,  4,  6,  8,  12,
                               0, -1, -2, -3, -4, -6, -8, -12};

// {first, count, offset, bit, bits, shift, step}. Twelve bytes hold eight
// scales and eight minima of six bits: the first four of each whole, the low
// nibbles of the others together, their upper two bits above the first four.
constexpr ScaleField scalesK[] = {
    {0, 4, 4, 0, 6, 0}, {4, 4, 12, 0, 4, 0}, {4, 4, 4, 6, 2, 4}};
constexpr ScaleField minimaK[] = {
    {0, 4, 8, 0, 6, 0}, {4, 4, 12, 4, 4, 0}, {4, 4, 8, 6, 2, 4}};
constexpr ScaleField scalesQ6_K[] = {{0, 16, 192, 0, 8, 0}};
constexpr ScaleField scalesQ2_K[] = {{0, 16, 0, 0, 4, 0}};
constexpr ScaleField minimaQ2_K[] = {{0, 16, 0, 4, 4, 0}};
// Low nibbles of eight scales, and above them those of the other eight; then of
// four bytes the lowest two bits are of the first four, and so on.
constexpr ScaleField scalesQ3_K[] = {
    {0, 8, 96, 0, 4, 0},  {8, 8, 96, 4, 4, 0},  {0, 4, 104, 0, 2, 4},
    {4, 4, 104, 2, 2, 4}, {8, 4, 104, 4, 2, 4}, {12, 4, 104, 6, 2, 4}};
// Neighbours lie in one byte: two low nibbles, four times two upper bits.
constexpr ScaleField scalesIQ4_XS[] = {
    {0, 4, 4, 0, 4, 0, 2}, {1, 4, 4, 4, 4, 0, 2}, {0, 2, 2, 0, 2, 4, 4},
    {1, 2, 2, 2, 2, 4, 4}, {2, 2, 2, 4, 2, 4, 4}, {3, 2, 2, 6, 2, 4, 4}};

/// A block of `elements` with one d at its start; q of `bits`.
FormatInfo quantized(Format format, const char *name, uint32_t type,
                     unsigned elements, unsigned bytes, unsigned bits,
                     llvm::ArrayRef<BitPlane> planes) {
  FormatInfo info = {format, name, type, elements, bytes};
  info.bits = bits;
  info.subBlockElements = elements;
  info.planes = planes;
  return info;
}

FormatInfo makeQ8_0() {
  FormatInfo info =
      quantized(Format::Q8_0, "q8_0", 8, 32, 34, /*bits=*/8, planesQ8_0);
  info.zero = 128;
  info.quantFlip = 0x80;
  info.encode = encodeQ8_0;
  return info;
}

/// Q8_0 with one scale for each row, which is an output channel: what NPUs
/// want.
FormatInfo makeInt8() {
  FormatInfo info = makeQ8_0();
  info.format = Format::FirstRegistered;
  info.name = int8Name;
  info.encode = nullptr;
  return info;
}

FormatInfo makeQ4_0() {
  FormatInfo info =
      quantized(Format::Q4_0, "q4_0", 2, 32, 18, /*bits=*/4, planesQ4_0);
  info.zero = 8;
  info.encode = encodeQ4_0;
  return info;
}

/// Q4_K and Q5_K.
FormatInfo makeWithScalesK(FormatInfo info) {
  info.subBlockElements = 32;
  info.hasSubScales = info.hasMin = info.hasSubMinima = true;
  info.dminOffset = 2;
  info.scales = scalesK;
  info.minima = minimaK;
  return info;
}

FormatInfo makeQ6_K() {
  FormatInfo info =
      quantized(Format::Q6_K, "q6_k", 14, 256, 210, /*bits=*/6, planesQ6_K);
  info.zero = 32;
  info.subBlockElements = 16;
  info.hasSubScales = info.signedSubScales = true;
  info.dOffset = 208;
  info.scales = scalesQ6_K;
  return info;
}

/// Q4_1 and Q5_1: the least weight of a block is added.
FormatInfo makeWithLeast(FormatInfo info) {
  info.hasMin = info.addsMin = true;
  info.dminOffset = 2;
  return info;
}

FormatInfo makeQ5_0() {
  FormatInfo info =
      quantized(Format::Q5_0, "q5_0", 6, 32, 22, /*bits=*/5, planesQ5_0);
  info.zero = 16;
  return info;
}

FormatInfo makeQ2_K() {
  FormatInfo info =
      quantized(Format::Q2_K, "q2_k", 10, 256, 84, /*bits=*/2, planesQ2_K);
  info.subBlockElements = 16;
  info.hasSubScales = info.hasMin = info.hasSubMinima = true;
  info.dOffset = 80;
  info.dminOffset = 82;
  info.scales = scalesQ2_K;
  info.minima = minimaQ2_K;
  return info;
}

FormatInfo makeQ3_K() {
  FormatInfo info =
      quantized(Format::Q3_K, "q3_k", 11, 256, 110, /*bits=*/3, planesQ3_K);
  info.zero = 4;
  info.subBlockElements = 16;
  info.hasSubScales = true;
  info.scaleZero = 32;
  info.dOffset = 108;
  info.scales = scalesQ3_K;
  return info;
}

FormatInfo makeIQ4_NL() {
  FormatInfo info =
      quantized(Format::IQ4_NL, "iq4_nl", 20, 32, 18, /*bits=*/4, planesQ4_0);
  info.codes = codesIQ4;
  return info;
}

FormatInfo makeIQ4_XS() {
  FormatInfo info = quantized(Format::IQ4_XS, "iq4_xs", 23, 256, 136,
                              /*bits=*/4, planesIQ4_XS);
  info.subBlockElements = 32;
  info.hasSubScales = true;
  info.scaleZero = 32;
  info.scales = scalesIQ4_XS;
  info.codes = codesIQ4;
  return info;
}

FormatInfo makeMXFP4() {
  FormatInfo info =
      quantized(Format::MXFP4, "mxfp4", 39, 32, 17, /*bits=*/4, planesMXFP4);
  info.scaleType = ScaleType::E8M0;
  info.factor = -1; // Codes are doubled.
  info.codes = codesFP4;
  return info;
}

} // namespace

llvm::ArrayRef<FormatInfo> lfm2c::plainFormats() {
  static const std::vector<FormatInfo> formats = {
      {Format::F32, "f32", 0, 1, 4},
      {Format::F16, "f16", 1, 1, 2},
      {Format::BF16, "bf16", 30, 1, 2},
      makeQ8_0(),
      makeQ4_0(),
      makeWithScalesK(quantized(Format::Q4_K, "q4_k", 12, 256, 144, /*bits=*/4,
                                planesQ4_K)),
      makeWithScalesK(quantized(Format::Q5_K, "q5_k", 13, 256, 176, /*bits=*/5,
                                planesQ5_K)),
      makeQ6_K(),
      makeWithLeast(
          quantized(Format::Q4_1, "q4_1", 3, 32, 20, /*bits=*/4, planesQ4_1)),
      makeQ5_0(),
      makeWithLeast(
          quantized(Format::Q5_1, "q5_1", 7, 32, 24, /*bits=*/5, planesQ5_1)),
      makeQ2_K(),
      makeQ3_K(),
      makeIQ4_NL(),
      makeIQ4_XS(),
      makeMXFP4(),
      makeInt8(),
  };
  return formats;
}
