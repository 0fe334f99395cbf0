// Second moments of rows that a step left, of experts by their choices.
#include "lib/Compiler/Moments.h"

#include "lib/Weights/Checkpoint.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace lfm2c;

namespace {

Checkpoint model() {
  Checkpoint made;
  made.tensors["dense"].shape = {4, 3};
  made.tensors["up"].shape = {2, 4, 3};
  made.tensors["down"].shape = {2, 4, 2};
  return made;
}

} // namespace

TEST(MomentsTest, OfDenseWeightsOverSteps) {
  const std::vector<KeptInput> inputs = {{{"dense"}, 3, 4, 1, -1, 0}};
  Moments moments(inputs, model(), /*runColumns=*/2);
  const float steps[2][8] = {{1, 2, 3, 0, 3, 4, 5, 0}, {5, 0, 1, 0}};
  moments.add(reinterpret_cast<const uint8_t *>(steps[0]), 2);
  moments.add(reinterpret_cast<const uint8_t *>(steps[1]), 1);
  auto found = moments.take();
  ASSERT_TRUE(bool(found));
  const ColumnImportance &weight = *found->find("dense");
  EXPECT_EQ(weight.tokens, std::vector<int64_t>{3});
  EXPECT_EQ(weight.squares,
            (std::vector<float>{35.0f / 3, 20.0f / 3, 35.0f / 3}));
  // The last run is one column.
  const float third = 1.0f / 3;
  EXPECT_EQ(weight.products,
            (std::vector<float>{35 * third, 14 * third, 14 * third, 20 * third,
                                35 * third}));
}

TEST(MomentsTest, OfExperts) {
  // Two tokens: the first chose the experts 1 and 0, the second 1 alone, twice.
  const std::vector<KeptInput> inputs = {{{}, 2, 2, 1, -1, 0},
                                         {{"up"}, 3, 4, 1, 0, 16},
                                         {{"down"}, 2, 2, 2, 0, 48}};
  const float state[] = {1, 0, 1, 1,              // ids
                         1, 2, 3, 0, 4, 5, 6, 0,  // by token
                         7, 8, 1, 2, 3, 4, 5, 6}; // by expert: one row of 0
  Moments moments(inputs, model(), /*runColumns=*/0);
  moments.add(reinterpret_cast<const uint8_t *>(state), 2);
  auto found = moments.take();
  ASSERT_TRUE(bool(found));
  EXPECT_EQ(found->weights.size(), 2u);
  const ColumnImportance &up = *found->find("up"), &down = *found->find("down");
  EXPECT_EQ(up.tokens, (std::vector<int64_t>{1, 3}));
  EXPECT_EQ(up.squares,
            (std::vector<float>{1, 4, 9, 33.0f / 3, 54.0f / 3, 81.0f / 3}));
  EXPECT_EQ(down.squares, (std::vector<float>{49, 64, 35.0f / 3, 56.0f / 3}));
}

TEST(MomentsTest, RefusesWhatIsNotFinite) {
  const std::vector<KeptInput> inputs = {{{"dense"}, 3, 4, 1, -1, 0}};
  Moments moments(inputs, model(), 0);
  const float state[] = {1, NAN, 3, 0};
  moments.add(reinterpret_cast<const uint8_t *>(state), 1);
  auto found = moments.take();
  ASSERT_FALSE(bool(found));
  const std::string text = llvm::toString(found.takeError());
  EXPECT_NE(text.find("front of 'dense'"), std::string::npos) << text;
  EXPECT_NE(text.find("column 1"), std::string::npos) << text;
}
