// Errors that following columns make up for, on inputs that belong together.

#include "lib/Quantize/Feedback.h"
#include "lib/Quantize/EncodeRow.h"
#include "lib/Quantize/QuantizedRows.h"
#include "test/unit/Quantize/Samples.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace lfm2c;

static constexpr int64_t size = 256;

/// Mean products of inputs with a few directions in common.
static std::vector<float> makeProducts() {
  samples::Chance chance(21);
  std::vector<float> directions(12 * size), products(size * size);
  for (float &d : directions)
    d = chance.bell() * 0.4f;
  for (int64_t i = 0; i < size; ++i)
    for (int64_t j = 0; j < size; ++j) {
      float sum = i == j ? 1 : 0;
      for (int64_t k = 0; k < 12; ++k)
        sum += directions[k * size + i] * directions[k * size + j];
      products[i * size + j] = sum;
    }
  return products;
}

/// e' H e over rows.
static double measure(Format format, const std::vector<float> &values,
                      const std::vector<uint8_t> &bytes,
                      const std::vector<float> &products) {
  std::vector<float> errors(values.size());
  dequantizeRow(format, bytes.data(), errors.data(), int64_t(errors.size()));
  for (size_t i = 0; i < values.size(); ++i)
    errors[i] -= values[i];
  double sum = 0;
  for (size_t row = 0; row < values.size(); row += size)
    for (int64_t i = 0; i < size; ++i)
      for (int64_t j = 0; j < size; ++j)
        sum +=
            double(errors[row + i]) * products[i * size + j] * errors[row + j];
  return sum;
}

TEST(FeedbackTest, ErrorsOfProductsShrink) {
  const std::vector<float> products = makeProducts();
  std::vector<float> values = samples::makeValues(false);
  values.resize(16 * size);
  std::vector<float> weights(size);
  for (int64_t i = 0; i < size; ++i)
    weights[i] = products[i * size + i];
  const std::optional<FeedbackRun> run = factorRun(products, size);
  ASSERT_TRUE(run.has_value());
  for (Format format : allFormats()) {
    if (!canFeedBack(format, size))
      continue;
    const int64_t rowBytes = *formatBytes(format, size);
    std::vector<uint8_t> plain(16 * rowBytes), fed(16 * rowBytes);
    for (int64_t row = 0; row < 16; ++row) {
      encodeRow(format, &values[row * size], weights.data(),
                &plain[row * rowBytes], size);
      encodeRun(format, *run, &values[row * size], &fed[row * rowBytes]);
    }
    EXPECT_LT(measure(format, values, fed, products),
              0.6 * measure(format, values, plain, products))
        << getFormatInfo(format).name.str();
  }
}

// The factor is that of the inverse: U H U' is one.
TEST(FeedbackTest, FactorsTheInverse) {
  const std::optional<FeedbackRun> run = factorRun(makeProducts(), size);
  ASSERT_TRUE(run.has_value());
  for (int64_t i = 0; i < size; i += 17)
    for (int64_t j = 0; j < size; j += 13) {
      double sum = 0;
      for (int64_t k = i; k < size; ++k)
        for (int64_t l = j; l < size; ++l)
          sum += double(run->factor[i * size + k]) *
                 run->products[k * size + l] * run->factor[j * size + l];
      EXPECT_NEAR(sum, i == j ? 1 : 0, 1e-3) << i << " " << j;
    }
}

TEST(FeedbackTest, ProductsThatAreNoneAreNotUsed) {
  EXPECT_FALSE(factorRun(std::vector<float>(16), 4).has_value());
  EXPECT_FALSE(factorRun({1, 3, 3, 1}, 2).has_value());
  EXPECT_FALSE(factorRun({NAN, 0, 0, 1}, 2).has_value());
}

// Two matrices in runs: what a tensor's rows become is what their runs become,
// whichever rows are asked for first.
TEST(FeedbackTest, RowsOfATensorAreEncodedRunByRun) {
  const std::vector<float> products = makeProducts();
  ColumnImportance importance;
  importance.matrices = 2;
  importance.columns = 2 * size;
  importance.tokens = {5, 0};
  importance.runColumns = size;
  importance.squares.assign(4 * size, 1);
  for (int i = 0; i < 4; ++i)
    importance.products.insert(importance.products.end(), products.begin(),
                               products.end());
  std::vector<float> values = samples::makeValues(true);
  Tensor tensor;
  tensor.shape = {2, 3, 2 * size};
  tensor.pieces = {llvm::ArrayRef<uint8_t>(
      reinterpret_cast<const uint8_t *>(values.data()), 6 * 2 * size * 4)};
  const QuantizedRows rows(tensor, Format::Q4_K, Effort::Feedback, &importance);
  const int64_t rowBytes = *formatBytes(Format::Q4_K, 2 * size);
  std::vector<uint8_t> second(rowBytes), both(2 * rowBytes), expected(rowBytes);
  rows.compute(1, 1, second.data());
  rows.compute(3, 1, expected.data()); // No token reached the other matrix.
  rows.release();
  rows.compute(0, 2, both.data());
  EXPECT_TRUE(std::equal(second.begin(), second.end(), &both[rowBytes]));
  const std::optional<FeedbackRun> run = factorRun(products, size);
  for (int64_t i = 0; i < 2; ++i)
    encodeRun(Format::Q4_K, *run, &values[(2 + i) * size],
              &expected[i * rowBytes / 2]);
  EXPECT_EQ(second, expected);
  encodeRow(Format::Q4_K, &values[6 * size], nullptr, expected.data(),
            2 * size);
  rows.compute(3, 1, second.data());
  EXPECT_EQ(second, expected);
  EXPECT_GT(rows.getErrors().errors, 0);
}
