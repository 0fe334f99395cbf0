// Rows of tensors that lie in pieces, and of those that are computed.
#include "lib/Weights/Pack.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace lfm2c;

namespace {
/// Row r of `columns` elements is r, r + 0.5, r + 1, ...; in f32.
class Ramp final : public RowSource {
public:
  explicit Ramp(int64_t columns) : columns(columns) {}

  static float valueAt(int64_t row, int64_t column) {
    return float(row) + 0.5f * float(column);
  }
  void compute(int64_t first, int64_t count, uint8_t *out) const override {
    std::vector<float> values(count * columns);
    for (int64_t i = 0; i < count * columns; ++i)
      values[i] = valueAt(first + i / columns, i % columns);
    quantizeRow(Format::F32, values.data(), out, count * columns);
  }
  llvm::SmallVector<llvm::ArrayRef<uint8_t>> inputs() const override {
    return {seed};
  }
  std::string describe() const override { return "ramp"; }

  uint8_t seed[3] = {};

private:
  int64_t columns;
};
} // namespace

TEST(Tensor, ComputedRowsAreThoseOfBytes) {
  Tensor computed;
  computed.shape = {2, 24, 8};
  computed.source = std::make_shared<Ramp>(8);
  EXPECT_EQ(computed.bytes(), 2u * 24 * 8 * 4);
  ASSERT_EQ(computed.inputs().size(), 1u);
  EXPECT_EQ(computed.inputs()[0].size(), 3u);
  RowBuffer buffer;
  std::vector<uint8_t> bytes;
  for (int64_t row = 0; row < computed.rows(); ++row) {
    const uint8_t *from = computed.readRow(row, buffer);
    bytes.insert(bytes.end(), from, from + computed.rowBytes());
  }
  Tensor stored = computed;
  stored.source.reset();
  stored.pieces = {bytes};
  EXPECT_TRUE(equalValues(computed, stored));
  EXPECT_EQ(0, std::memcmp(computed.readRows(30, 7, buffer),
                           bytes.data() + 30 * 32, 7 * 32));

  // Packed in groups, and as a plain table.
  for (int64_t unit : {24, 6}) {
    const PackSegment a{&computed, 0, 24, unit};
    const PackSegment b{&stored, 0, 24, unit};
    const int64_t groups = 24 / unit * ((unit + 15) / 16);
    std::vector<uint8_t> left(groups * packedStepBytes(a, 16));
    std::vector<uint8_t> right(left.size(), 1);
    EXPECT_FALSE(packGroups(a, 16, 1, 0, groups, left.data()));
    EXPECT_FALSE(packGroups(b, 16, 1, 0, groups, right.data()));
    EXPECT_EQ(left, right);
  }
  llvm::SmallVector<float> left, right;
  packPlain(computed, left);
  packPlain(stored, right);
  EXPECT_EQ(left, right);
  EXPECT_EQ(left[2 * 48 + 5], Ramp::valueAt(5, 2));

  bytes[40 * 32 + 8] ^= 1;
  EXPECT_FALSE(equalValues(computed, stored));
}

TEST(Tensor, RowsRunThroughPieces) {
  // Two experts of three rows of 64 Q8_0 elements, in two places.
  uint8_t first[3 * 68], second[3 * 68];
  Tensor tensor;
  tensor.format = Format::Q8_0;
  tensor.shape = {2, 3, 64};
  tensor.pieces = {first, second};
  EXPECT_EQ(tensor.rows(), 6);
  EXPECT_EQ(tensor.cols(), 64);
  EXPECT_EQ(tensor.elements(), 384);
  EXPECT_EQ(tensor.rowBytes(), 68);
  EXPECT_EQ(tensor.bytes(), sizeof(first) + sizeof(second));
  RowBuffer buffer;
  EXPECT_EQ(tensor.readRow(0, buffer), first);
  EXPECT_EQ(tensor.readRow(2, buffer), first + 2 * 68);
  EXPECT_EQ(tensor.readRows(3, 2, buffer), second);
  EXPECT_EQ(tensor.readRow(5, buffer), second + 2 * 68);
  EXPECT_TRUE(buffer.empty());
  ASSERT_EQ(tensor.inputs().size(), 2u);
  EXPECT_EQ(tensor.inputs()[1].data(), second);
}

TEST(Tensor, OfOneDimensionIsOneRow) {
  uint8_t bytes[16];
  Tensor tensor;
  tensor.shape = {4};
  tensor.pieces = {bytes};
  EXPECT_EQ(tensor.rows(), 1);
  EXPECT_EQ(tensor.cols(), 4);
  RowBuffer buffer;
  EXPECT_EQ(tensor.readRow(0, buffer), bytes);
}
