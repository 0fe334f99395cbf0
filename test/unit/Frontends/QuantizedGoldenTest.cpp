// Matrices of quantised folders against the values that the libraries which
// write them give, bit for bit (test/models/make_quantized_goldens.py).

#include "QuantizedCases.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

void expectGolden(const QuantizedCase &c) {
  auto read = c.read();
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(llvm::ArrayRef(read->shape), llvm::ArrayRef(c.expected.shape));
  auto config = llvm::cantFail(parseJSONObject(c.config, "", 1000));
  EXPECT_EQ(getFormatInfo(read->format).name,
            *config.root().getString("expected_format"));
  Tensor tensor;
  tensor.shape = read->shape;
  tensor.format = read->format;
  tensor.source = read->rows;
  std::vector<float> values(tensor.cols()), expected(tensor.cols());
  const size_t size = 4 * values.size();
  RowBuffer buffer;
  // One row, then all others at once.
  for (int64_t row = 0; row < tensor.rows(); ++row) {
    const uint8_t *bytes = row == 0 ? tensor.readRow(0, buffer)
                           : row == 1
                               ? tensor.readRows(1, tensor.rows() - 1, buffer)
                               : buffer.data() + (row - 1) * tensor.rowBytes();
    dequantizeRow(tensor.format, bytes, values.data(), values.size());
    std::memcpy(expected.data(), c.expected.bytes.data() + row * size, size);
    // Zeros of either sign are equal, all others as bits are.
    ASSERT_EQ(values, expected) << "row " << row;
  }
  EXPECT_FALSE(read->rows->inputs().empty());
  EXPECT_FALSE(read->rows->describe().empty());
}

TEST(QuantizedGolden, ValuesAreThoseOfTheLibraries) {
  const QuantizedCases cases;
  EXPECT_EQ(cases.all.size(), 49u);
  for (const auto &[name, c] : cases.all) {
    SCOPED_TRACE(name);
    expectGolden(c);
  }
}

TEST(QuantizedGolden, FormatsAreFoundByTheirNames) {
  for (llvm::StringRef name :
       {"affine3_g128_bf16", "int8_g32_f32", "uint4_g64_f16", "e4m3_g64"}) {
    std::optional<Format> format = formatFromName(name);
    ASSERT_TRUE(format) << name.str();
    EXPECT_EQ(getFormatInfo(*format).name, name);
  }
  for (llvm::StringRef name :
       {"affine7_g64_bf16", "int4_g48_f16", "uint4_g64", "e4m3_g16", "int",
        "affine4_g64_bf16 ", "int4_g64_e8m0"})
    EXPECT_FALSE(formatFromName(name)) << name.str();
}

} // namespace
