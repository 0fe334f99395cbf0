// The arrays of an importance: which part belongs to which matrix and run.

#include "lib/Quantize/Importance.h"
#include "gtest/gtest.h"

using namespace lfm2c;

// Two matrices of five columns in runs of two: the last run has one column.
TEST(ImportanceTest, FindsWhatBelongsToAMatrix) {
  ColumnImportance c;
  c.matrices = 2;
  c.columns = 5;
  c.tokens = {7, 3};
  c.runColumns = 2;
  ASSERT_EQ(c.productsPerMatrix(), 4 + 4 + 1);
  for (int i = 0; i < 10; ++i)
    c.squares.push_back(i);
  for (int i = 0; i < 18; ++i)
    c.products.push_back(100 + i);
  EXPECT_EQ(c.squaresOf(1).front(), 5);
  EXPECT_EQ(c.squaresOf(1).size(), 5u);
  EXPECT_EQ(c.runs(), 3);
  EXPECT_EQ(c.runSize(2), 1);
  EXPECT_EQ(c.productsOf(0, 1).front(), 104);
  EXPECT_EQ(c.productsOf(1, 2).front(), 117);
  EXPECT_EQ(c.productsOf(1, 2).size(), 1u);
}

TEST(ImportanceTest, AnExpertThatNoTokenReachedHasNone) {
  ColumnImportance c;
  c.columns = 2;
  c.tokens = {0};
  c.squares = {0, 0};
  EXPECT_TRUE(c.squaresOf(0).empty());
  EXPECT_TRUE(c.productsOf(0, 0).empty());
}

TEST(ImportanceTest, KnowsWeightsByName) {
  Importance importance;
  importance.weights["blk.0.ffn_up.weight"].columns = 3;
  ASSERT_NE(importance.find("blk.0.ffn_up.weight"), nullptr);
  EXPECT_EQ(importance.find("blk.0.ffn_up.weight")->columns, 3);
  EXPECT_EQ(importance.find("blk.1.ffn_up.weight"), nullptr);
}
