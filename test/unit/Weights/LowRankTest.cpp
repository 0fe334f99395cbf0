// Sums of weights and products of thin matrices, row by row, against the
// formulas written out in doubles.
#include "lib/Weights/LowRank.h"
#include "gtest/gtest.h"
#include <cmath>
#include <list>
#include <random>

using namespace lfm2c;

namespace {

using Doubles = std::vector<double>;

class LowRank : public testing::Test {
protected:
  /// A random tensor whose bytes live as long as the test.
  Tensor make(Format format, llvm::ArrayRef<int64_t> shape) {
    Tensor tensor;
    tensor.format = format;
    tensor.shape.assign(shape.begin(), shape.end());
    std::normal_distribution<float> normal;
    std::vector<float> values(tensor.elements());
    for (float &value : values)
      value = normal(random);
    bytes.emplace_back(tensor.bytes());
    quantizeRow(format, values.data(), bytes.back().data(), values.size());
    tensor.pieces = {bytes.back()};
    return tensor;
  }

  static Doubles decode(const Tensor &tensor) {
    Doubles all;
    RowBuffer buffer;
    std::vector<float> row(tensor.cols());
    for (int64_t r = 0; r < tensor.rows(); ++r) {
      dequantizeRow(tensor.format, tensor.readRow(r, buffer), row.data(),
                    row.size());
      all.insert(all.end(), row.begin(), row.end());
    }
    return all;
  }

  /// scale * B A of one matrix of a stack.
  static Doubles product(const LowRankUpdate &u, int64_t matrix) {
    const int64_t rank = u.rank(), columns = u.a.cols();
    const int64_t rows = u.b.shape[u.b.shape.size() - 2];
    const Doubles a = decode(u.a), b = decode(u.b);
    const int64_t n = u.a.shape.size() > 2 ? matrix : 0;
    Doubles out(rows * columns, 0);
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t k = 0; k < rank; ++k)
        for (int64_t c = 0; c < columns; ++c)
          out[r * columns + c] += u.scale * b[(n * rows + r) * rank + k] *
                                  a[(n * rank + k) * columns + c];
    return out;
  }

  static void expectNear(const Tensor &tensor, const Doubles &expected) {
    EXPECT_EQ(tensor.format, Format::F32);
    const Doubles found = decode(tensor);
    ASSERT_EQ(found.size(), expected.size());
    for (size_t i = 0; i < found.size(); ++i)
      ASSERT_NEAR(found[i], expected[i], 1e-5 * (1 + std::fabs(expected[i])))
          << i;
    // Read many at once, rows are the same.
    RowBuffer one, many;
    const int64_t height = tensor.shape[tensor.shape.size() - 2];
    for (int64_t first = 0; first < tensor.rows(); first += height) {
      const uint8_t *rows = tensor.readRows(first, height, many);
      for (int64_t r = 0; r < height; ++r)
        ASSERT_EQ(
            llvm::ArrayRef(rows + r * tensor.rowBytes(), tensor.rowBytes()),
            llvm::ArrayRef(tensor.readRow(first + r, one), tensor.rowBytes()));
    }
  }

  std::mt19937 random{7};
  std::list<std::vector<uint8_t>> bytes;
};

TEST_F(LowRank, AddsProductsToAnyFormat) {
  // More columns than are taken at once, and no multiple of that.
  for (Format format : {Format::F32, Format::BF16, Format::Q4_0}) {
    const Tensor base = make(format, {5, 1056});
    LowRankUpdate u, v;
    u.a = make(Format::F16, {3, 1056});
    u.b = make(Format::F32, {5, 3});
    u.scale = 0.75;
    v.a = make(Format::Q8_0, {32, 1056});
    v.b = make(Format::Q8_0, {5, 32});
    v.scale = -2;
    Doubles expected = decode(base);
    for (const LowRankUpdate &update : {u, v}) {
      const Doubles delta = product(update, 0);
      for (size_t i = 0; i < expected.size(); ++i)
        expected[i] += delta[i];
    }
    const Tensor sum = addLowRank(base, {u, v});
    expectNear(sum, expected);
    EXPECT_EQ(sum.inputs().size(), 5u);
    u.scale = 0.5;
    EXPECT_NE(addLowRank(base, {u, v}).source->describe(),
              sum.source->describe());
  }
}

TEST_F(LowRank, OfStackedMatrices) {
  const Tensor base = make(Format::F16, {3, 4, 32});
  LowRankUpdate all, one;
  all.a = make(Format::F32, {3, 2, 32});
  all.b = make(Format::F32, {3, 4, 2});
  one.a = make(Format::F32, {1, 32});
  one.b = make(Format::F32, {4, 1});
  one.matrix = 1;
  Doubles expected = decode(base);
  for (int64_t e = 0; e < 3; ++e) {
    const Doubles delta = product(all, e), more = product(one, e);
    for (int64_t i = 0; i < 4 * 32; ++i)
      expected[e * 4 * 32 + i] += delta[i] + (e == 1 ? more[i] : 0);
  }
  expectNear(addLowRank(base, {all, one}), expected);
}

TEST_F(LowRank, MagnitudesAreOfTheBaseWithOneUpdate) {
  for (Magnitude kind : {Magnitude::Rows, Magnitude::Columns}) {
    const Tensor base = make(Format::F32, {70, 40});
    LowRankUpdate plain, scaled;
    for (LowRankUpdate *u : {&plain, &scaled}) {
      u->a = make(Format::F32, {2, 40});
      u->b = make(Format::F32, {70, 2});
    }
    scaled.kind = kind;
    const bool ofRows = kind == Magnitude::Rows;
    scaled.magnitude = make(Format::F32, {ofRows ? 70 : 40});
    const Doubles weight = decode(base), first = product(plain, 0),
                  second = product(scaled, 0), m = decode(scaled.magnitude);
    Doubles squares(m.size(), 0), expected(weight.size());
    for (size_t i = 0; i < weight.size(); ++i)
      squares[ofRows ? i / 40 : i % 40] +=
          (weight[i] + second[i]) * (weight[i] + second[i]);
    for (size_t i = 0; i < weight.size(); ++i) {
      const size_t at = ofRows ? i / 40 : i % 40;
      expected[i] =
          (weight[i] + first[i] + second[i]) * m[at] / std::sqrt(squares[at]);
    }
    expectNear(addLowRank(base, {plain, scaled}), expected);
  }
}

} // namespace
