// Formats against what the gguf package decodes and encodes, bit for bit.

#include "lib/Weights/Format.h"
#include "lib/Weights/Finite.h"
#include "lib/Weights/FormatTable.h"
#include "llvm/ADT/bit.h"
#include "gtest/gtest.h"
#include <cmath>
#include <cstring>
#include <vector>

using namespace lfm2c;

namespace {

#include "FormatGolden.inc"

void expectDecoded(Format format, llvm::ArrayRef<uint8_t> blocks,
                   llvm::ArrayRef<uint32_t> values) {
  const FormatInfo &info = getFormatInfo(format);
  ASSERT_EQ(blocks.size() / info.blockBytes * info.blockElements,
            values.size());
  // At an odd address: rows of mapped files need not be aligned.
  std::vector<uint8_t> bytes(blocks.size() + 1);
  memcpy(bytes.data() + 1, blocks.data(), blocks.size());
  std::vector<float> row(values.size());
  dequantizeRow(format, bytes.data() + 1, row.data(), row.size());
  for (size_t i = 0; i < row.size(); ++i)
    ASSERT_EQ(llvm::bit_cast<uint32_t>(row[i]), values[i])
        << info.name.str() << " element " << i;
}

TEST(Format, DecodesAsTheGgufPackageDoes) {
  expectDecoded(Format::Q8_0, blocksQ8_0, valuesQ8_0);
  expectDecoded(Format::Q4_0, blocksQ4_0, valuesQ4_0);
  expectDecoded(Format::Q4_K, blocksQ4_K, valuesQ4_K);
  expectDecoded(Format::Q5_K, blocksQ5_K, valuesQ5_K);
  expectDecoded(Format::Q6_K, blocksQ6_K, valuesQ6_K);
  expectDecoded(Format::Q4_1, blocksQ4_1, valuesQ4_1);
  expectDecoded(Format::Q5_0, blocksQ5_0, valuesQ5_0);
  expectDecoded(Format::Q5_1, blocksQ5_1, valuesQ5_1);
  expectDecoded(Format::Q2_K, blocksQ2_K, valuesQ2_K);
  expectDecoded(Format::Q3_K, blocksQ3_K, valuesQ3_K);
  expectDecoded(Format::IQ4_NL, blocksIQ4_NL, valuesIQ4_NL);
  expectDecoded(Format::IQ4_XS, blocksIQ4_XS, valuesIQ4_XS);
  expectDecoded(Format::MXFP4, blocksMXFP4, valuesMXFP4);
  expectDecoded(Format::F16, blocksF16, valuesF16);
  expectDecoded(Format::BF16, blocksBF16, valuesBF16);
}

void expectEncoded(Format format, llvm::ArrayRef<uint8_t> expected) {
  const FormatInfo &info = getFormatInfo(format);
  ASSERT_TRUE(canQuantize(format));
  std::vector<float> row(std::size(rowToEncode));
  for (size_t i = 0; i < row.size(); ++i)
    row[i] = llvm::bit_cast<float>(rowToEncode[i]);
  std::vector<uint8_t> bytes(*formatBytes(format, row.size()));
  ASSERT_EQ(bytes.size(), expected.size());
  quantizeRow(format, row.data(), bytes.data(), row.size());
  for (size_t i = 0; i < bytes.size(); ++i)
    ASSERT_EQ(bytes[i], expected[i]) << info.name.str() << " byte " << i;
}

TEST(Format, EncodesAsTheGgufPackageDoes) {
  expectEncoded(Format::F32, encodedF32);
  expectEncoded(Format::F16, encodedF16);
  expectEncoded(Format::BF16, encodedBF16);
  expectEncoded(Format::Q8_0, encodedQ8_0);
  expectEncoded(Format::Q4_0, encodedQ4_0);
  EXPECT_FALSE(canQuantize(Format::Q4_K));
}

// The formula of Format.h, with the integers that unpackBlock() gives, is what
// dequantizeRow() computes: packers and emitters may rely on it.
TEST(Format, UnpackedBlocksGiveTheSameWeights) {
  const struct {
    Format format;
    llvm::ArrayRef<uint8_t> blocks;
  } cases[] = {{Format::Q8_0, blocksQ8_0},     {Format::Q4_0, blocksQ4_0},
               {Format::Q4_K, blocksQ4_K},     {Format::Q5_K, blocksQ5_K},
               {Format::Q6_K, blocksQ6_K},     {Format::Q4_1, blocksQ4_1},
               {Format::Q5_0, blocksQ5_0},     {Format::Q5_1, blocksQ5_1},
               {Format::Q2_K, blocksQ2_K},     {Format::Q3_K, blocksQ3_K},
               {Format::IQ4_NL, blocksIQ4_NL}, {Format::IQ4_XS, blocksIQ4_XS},
               {Format::MXFP4, blocksMXFP4}};
  for (const auto &test : cases) {
    const FormatInfo &info = getFormatInfo(test.format);
    std::vector<float> row(info.blockElements);
    dequantizeRow(test.format, test.blocks.data(), row.data(), row.size());
    UnpackedBlock u;
    unpackBlock(test.format, test.blocks.data(), u);
    for (unsigned i = 0; i < info.blockElements; ++i) {
      ASSERT_LT(u.q[i], 1u << info.bits);
      unsigned b = i / info.subBlockElements;
      double w = std::ldexp(scaleToFloat(info.packedScale(), u.d),
                            info.packedFactor()) *
                 u.sc[b] * info.value(u.q[i]);
      if (info.hasMin)
        w -= double(scaleToFloat(info.packedScale(), u.dmin)) * u.m[b];
      ASSERT_NEAR(row[i], w, 1e-6 * (1 + std::fabs(w)))
          << info.name.str() << " element " << i;
    }
  }
}

TEST(Format, PlanesCoverEveryBitOnce) {
  for (Format format : allFormats()) {
    const FormatInfo &info = getFormatInfo(format);
    unsigned bits = 0;
    for (const BitPlane &plane : info.planes) {
      EXPECT_EQ(bits & (((1u << plane.bits) - 1) << plane.shift), 0u);
      bits |= ((1u << plane.bits) - 1) << plane.shift;
      EXPECT_EQ(info.blockElements % plane.span, 0u);
      EXPECT_EQ(plane.span % plane.width, 0u);
      // The last byte that the plane reads lies inside the block.
      unsigned blocks = info.blockElements / plane.span;
      EXPECT_LE(plane.offset + (blocks - 1) * plane.stride + plane.width,
                info.blockBytes)
          << info.name.str();
    }
    EXPECT_EQ(bits,
              info.isQuantized() && !info.unpack ? (1u << info.bits) - 1 : 0);
  }
}

TEST(Format, IsFoundByNameAndNumber) {
  for (Format format : allFormats()) {
    const FormatInfo &info = getFormatInfo(format);
    EXPECT_EQ(formatFromName(info.name), format);
    // int8 is q8_0 in files.
    if (info.ggmlType != FormatInfo::noGGML)
      EXPECT_EQ(formatFromGGML(info.ggmlType),
                hasRowScale(info) ? Format::Q8_0 : format);
  }
  EXPECT_EQ(formatFromName("q8_1"), std::nullopt);
  EXPECT_EQ(formatFromGGML(9), std::nullopt);
  EXPECT_EQ(ggmlFormatNames().rfind("f32, f16, bf16, q8_0, q4_0, q4_k, ", 0),
            0u);
}

TEST(Format, CountsBytesOfWholeBlocksOnly) {
  EXPECT_EQ(formatBytes(Format::Q4_K, 512), 288u);
  EXPECT_EQ(formatBytes(Format::Q4_K, 128), std::nullopt);
  EXPECT_EQ(formatBytes(Format::F32, UINT64_MAX / 2), std::nullopt);
}

TEST(Format, EveryHalfGoesThroughFloatAndBack) {
  for (uint32_t bits = 0; bits < 65536; ++bits) {
    float value = halfToFloat(bits);
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
      continue;
    }
    ASSERT_EQ(floatToHalf(value), bits);
  }
}

TEST(Format, RoundsToNearestEven) {
  EXPECT_EQ(floatToHalf(65519.99f), 0x7bff);
  EXPECT_EQ(floatToHalf(65520.0f), 0x7c00);
  EXPECT_EQ(floatToHalf(0x1p-25f), 0);
  EXPECT_EQ(floatToHalf(0x1.8p-24f), 2);
  EXPECT_EQ(floatToHalf(-0x1.1p-25f), 0x8001);
  EXPECT_EQ(floatToBFloat(llvm::bit_cast<float>(0x3f808000u)), 0x3f80);
  EXPECT_EQ(floatToBFloat(llvm::bit_cast<float>(0x3f818000u)), 0x3f82);
}

TEST(Finite, FindsTheFirstElementThatIsNone) {
  // Of each format the exponent's byte, or that of a scale, in the third of
  // three blocks; 0x7f and 0xff make NaN or infinity of all of them.
  for (Format format : allFormats()) {
    const FormatInfo &info = getFormatInfo(format);
    if (info.scaleType == ScaleType::E8M0 || info.unpack)
      continue; // All bytes are numbers; or d is somewhere (GridsTest.cpp).
    const int64_t count = 40 * info.blockElements;
    std::vector<uint8_t> row(*formatBytes(format, count), 0);
    EXPECT_EQ(findNonFinite(format, row.data(), count), -1);
    std::vector<unsigned> ends = {info.dOffset + 2};
    if (info.hasMin)
      ends.push_back(info.dminOffset + 2);
    if (!info.isQuantized())
      ends = {info.blockBytes};
    for (unsigned end : ends)
      for (uint8_t last : {0x7f, 0xff}) {
        std::vector<uint8_t> bad = row;
        uint8_t *exponent = &bad[37 * info.blockBytes + end];
        exponent[-1] = last;
        exponent[-2] = 0x80;
        EXPECT_EQ(findNonFinite(format, bad.data(), count),
                  37 * info.blockElements)
            << info.name.str();
        // The largest finite number.
        exponent[-1] =
            format == Format::F16 || info.isQuantized() ? 0x7b : last;
        exponent[-2] = 0x7f;
        EXPECT_EQ(findNonFinite(format, bad.data(), count), -1)
            << info.name.str();
      }
  }
}

TEST(Finite, PlacesAreInTheTermsOfTheFile) {
  std::vector<float> values(2 * 3 * 4, 1);
  values[4 * 4 + 2] = std::numeric_limits<float>::infinity();
  std::vector<uint8_t> bytes(values.size() * 4);
  quantizeRow(Format::F32, values.data(), bytes.data(), values.size());
  Tensor tensor;
  tensor.shape = {2, 3, 4};
  tensor.origins = {{"stack", "a.gguf"}};
  tensor.pieces = {bytes};
  EXPECT_EQ(
      (WeightPlace{&tensor, 4, 2}).describe(),
      "infinity in expert 1, row 1, column 2 of tensor 'stack' in a.gguf");
  tensor.firstRow = 3;
  EXPECT_EQ(
      (WeightPlace{&tensor, 4, 2}).describe(),
      "infinity in expert 1, row 4, column 2 of tensor 'stack' in a.gguf");
  tensor.firstRow = 0;
  tensor.origins = {{"0.w1", "a"}, {"1.w1", "b"}};
  tensor.pieces = {llvm::ArrayRef(bytes).take_front(48),
                   llvm::ArrayRef(bytes).drop_front(48)};
  EXPECT_EQ((WeightPlace{&tensor, 4, 2}).describe(),
            "infinity in row 1, column 2 of tensor '1.w1' in b");
  tensor.origins.clear();
  tensor.name = "norm";
  tensor.shape = {24};
  tensor.pieces = {bytes};
  EXPECT_EQ((WeightPlace{&tensor, 0, 18}).describe(),
            "infinity in column 18 of tensor 'norm'");
}

} // namespace
