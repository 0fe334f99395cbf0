// Rows of tensors that lie in pieces.
#include "lib/Weights/Tensor.h"
#include "gtest/gtest.h"

using namespace lfm2c;

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
  EXPECT_EQ(tensor.row(0), first);
  EXPECT_EQ(tensor.row(2), first + 2 * 68);
  EXPECT_EQ(tensor.row(3), second);
  EXPECT_EQ(tensor.row(5), second + 2 * 68);
}

TEST(Tensor, OfOneDimensionIsOneRow) {
  uint8_t bytes[16];
  Tensor tensor;
  tensor.shape = {4};
  tensor.pieces = {bytes};
  EXPECT_EQ(tensor.rows(), 1);
  EXPECT_EQ(tensor.cols(), 4);
  EXPECT_EQ(tensor.row(0), bytes);
}
