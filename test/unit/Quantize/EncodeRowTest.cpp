// Encoders beside llama.cpp's: no format's error may be above its, weighted by
// importance or not.

#include "lib/Quantize/EncodeRow.h"
#include "test/unit/Quantize/Samples.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace lfm2c;

namespace {
struct Golden {
  const char *format;
  bool heavy, weighted;
  double error;
};
const Golden goldens[] = {
#include "test/unit/Quantize/GGMLErrors.inc"
};
} // namespace

static std::vector<float> encodeAndDecode(Format format,
                                          const std::vector<float> &values,
                                          const std::vector<float> &weights) {
  std::vector<uint8_t> bytes(*formatBytes(format, samples::columns));
  std::vector<float> decoded(values.size());
  for (size_t at = 0; at < values.size(); at += samples::columns) {
    encodeRow(format, values.data() + at,
              weights.empty() ? nullptr : weights.data(), bytes.data(),
              samples::columns);
    dequantizeRow(format, bytes.data(), decoded.data() + at, samples::columns);
  }
  return decoded;
}

TEST(EncodeRowTest, ErrorsAreBelowThoseOfLlamaCpp) {
  int compared = 0;
  for (const Golden &golden : goldens) {
    const std::optional<Format> format = formatFromName(golden.format);
    if (!format || !canEncode(*format))
      continue;
    const std::vector<float> values = samples::makeValues(golden.heavy);
    const std::vector<float> weights =
        golden.weighted ? samples::makeImportance() : std::vector<float>();
    const double error = samples::measureError(
        values, encodeAndDecode(*format, values, weights), weights);
    // Powers of two leave little to choose.
    const bool isCoarse = getFormatInfo(*format).scaleType == ScaleType::E8M0;
    EXPECT_LT(error, golden.error * (isCoarse ? 1 : 0.97))
        << golden.format << (golden.heavy ? ", heavy" : "")
        << (golden.weighted ? ", weighted" : "");
    ++compared;
  }
  EXPECT_EQ(compared, int(std::size(goldens)));
}

TEST(EncodeRowTest, ZerosStayZeros) {
  const std::vector<float> zeros(256);
  for (Format format : allFormats()) {
    if (!canEncode(format))
      continue;
    std::vector<uint8_t> bytes(*formatBytes(format, 256), 0xff);
    std::vector<float> decoded(256, 1);
    encodeRow(format, zeros.data(), nullptr, bytes.data(), 256);
    dequantizeRow(format, bytes.data(), decoded.data(), 256);
    for (float v : decoded)
      ASSERT_EQ(v, 0) << getFormatInfo(format).name.str();
  }
}

// What a block can hold comes back nearly as it was.
TEST(EncodeRowTest, RepresentableValuesStay) {
  for (Format format : allFormats()) {
    const FormatInfo &info = getFormatInfo(format);
    // 15 levels with equal steps.
    if (!canEncode(format) || info.bits < 4 || !info.codes.empty())
      continue;
    samples::Chance chance(5);
    std::vector<float> values(samples::columns);
    for (float &v : values)
      v = std::round(chance.uniform() * 7.4f) * 0.125f;
    const std::vector<float> decoded = encodeAndDecode(format, values, {});
    EXPECT_LT(samples::measureError(values, decoded, {}), 1e-4)
        << info.name.str();
  }
}

// Of two columns that cannot both be met, that which matters is.
TEST(EncodeRowTest, WeightsDecideWhatIsMet) {
  std::vector<float> values(32, 0.01f), weights(32, 1);
  values[3] = 1;
  weights[3] = 0;
  std::vector<uint8_t> bytes(*formatBytes(Format::Q4_0, 32));
  std::vector<float> decoded(32);
  encodeRow(Format::Q4_0, values.data(), weights.data(), bytes.data(), 32);
  dequantizeRow(Format::Q4_0, bytes.data(), decoded.data(), 32);
  EXPECT_NEAR(decoded[0], 0.01f, 1e-4f);
  encodeRow(Format::Q4_0, values.data(), nullptr, bytes.data(), 32);
  dequantizeRow(Format::Q4_0, bytes.data(), decoded.data(), 32);
  EXPECT_NEAR(decoded[3], 1, 0.1f);
}

// One number that is none shows in the block, and crashes nothing.
TEST(EncodeRowTest, NumbersThatAreNoneShow) {
  for (Format format : allFormats()) {
    // E8M0 has no scale that is none.
    if (!canEncode(format) ||
        getFormatInfo(format).scaleType == ScaleType::E8M0)
      continue;
    for (float bad : {NAN, INFINITY, -INFINITY}) {
      std::vector<float> values(256, 0.5f), decoded(256);
      values[100] = bad;
      std::vector<uint8_t> bytes(*formatBytes(format, 256));
      encodeRow(format, values.data(), nullptr, bytes.data(), 256);
      dequantizeRow(format, bytes.data(), decoded.data(), 256);
      EXPECT_FALSE(std::isfinite(decoded[100]))
          << getFormatInfo(format).name.str() << " " << bad;
    }
  }
}
