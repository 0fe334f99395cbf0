// The reference's arithmetic on numbers that can be checked by hand.

#include "lib/Reference/Kernels.h"
#include "gtest/gtest.h"
#include <cmath>
#include <numeric>

using namespace lfm2c::reference;

TEST(Kernels, DotSumsEveryElement) {
  for (size_t n : {0, 1, 7, 8, 9, 31, 64}) {
    Floats a(n), b(n, 2.0f);
    std::iota(a.begin(), a.end(), 1.0f);
    EXPECT_EQ(dot(a, b), double(n * (n + 1))) << n << " elements";
  }
}

TEST(Kernels, DotKeepsWhatFloatsWouldLose) {
  EXPECT_EQ(dot({1e8f, 1.0f, -1e8f}, {1.0f, 1.0f, 1.0f}), 1.0);
}

TEST(Kernels, RmsNormDividesByRootOfMeanSquare) {
  // Mean squares 4 and 25.
  Floats y = rmsNorm({2, -2, 7, 1}, {1, 10}, 0);
  EXPECT_EQ(y, (Floats{1, -10, 1.4f, 2}));
}

TEST(Kernels, RmsNormOfZerosIsZero) {
  EXPECT_EQ(rmsNorm({0, 0}, {1, 1}, 1e-5), (Floats{0, 0}));
}

TEST(Kernels, ShortConvFiltersOldestFirst) {
  // One channel, three taps: B, C, x of each token.
  Floats state = {10, 20};
  Floats y = shortConv({1, 1, 30, 2, 5, 20}, {1, 100, 10000}, state, 1);
  EXPECT_EQ(y, (Floats{10 + 2000 + 300000, 5 * (20 + 3000 + 400000)}));
  EXPECT_EQ(state, (Floats{30, 40}));
}

TEST(Kernels, ShortConvOfOneTokenKeepsPartOfTheOldState) {
  Floats state = {1, 2, 3};
  shortConv({1, 1, 4}, {1, 1, 1, 1}, state, 1);
  EXPECT_EQ(state, (Floats{2, 3, 4}));
}

TEST(Kernels, ShortConvKeepsChannelsApart) {
  Floats state = {1, 2}; // two channels, two taps
  Floats y = shortConv({3, 4, 1, 1, 1, 1}, {10, 1, 100, 1}, state, 2);
  EXPECT_EQ(y, (Floats{10 + 3, 200 + 4}));
  EXPECT_EQ(state, (Floats{3, 4}));
}

TEST(Kernels, CentredConvSeesBothSides) {
  // One channel, three taps, three tokens; x is 1, 2, 3.
  Floats y = centredConv({1, 1, 1, 1, 10, 2, 1, 1, 3}, {1, 100, 10000}, 1);
  EXPECT_EQ(y, (Floats{100 + 20000, 10 * (1 + 200 + 30000), 2 + 300}));
}

TEST(Kernels, RopeRotatesHalvesByPosition) {
  Floats x = {1, 2, 3, 4, 1, 2, 3, 4}; // two tokens, one head of four
  rope(x, 1, 4, 0, 100);
  EXPECT_EQ(Floats(x.begin(), x.begin() + 4), (Floats{1, 2, 3, 4}));
  // The second token stands at 1: angles 1 and 100^(-1/2) = 0.1.
  EXPECT_FLOAT_EQ(x[4], std::cos(1.0) - 3 * std::sin(1.0));
  EXPECT_FLOAT_EQ(x[6], 3 * std::cos(1.0) + std::sin(1.0));
  EXPECT_FLOAT_EQ(x[5], 2 * std::cos(0.1) - 4 * std::sin(0.1));
  EXPECT_FLOAT_EQ(x[7], 4 * std::cos(0.1) + 2 * std::sin(0.1));
}

TEST(Kernels, RopeTakesScalesAndMagnitude) {
  Floats x = {1, 2, 3, 4};
  rope(x, 1, 4, 2, 100, {0.5, 3}, 2);
  // Angles 2 * 0.5 and 2 * 0.1 * 3.
  EXPECT_FLOAT_EQ(x[0], 2 * (std::cos(1.0) - 3 * std::sin(1.0)));
  EXPECT_FLOAT_EQ(x[2], 2 * (3 * std::cos(1.0) + std::sin(1.0)));
  EXPECT_FLOAT_EQ(x[1], 2 * (2 * std::cos(0.6) - 4 * std::sin(0.6)));
  EXPECT_FLOAT_EQ(x[3], 2 * (4 * std::cos(0.6) + 2 * std::sin(0.6)));
}

TEST(Kernels, AttentionOfEqualScoresIsTheMean) {
  Floats y = attention({0, 0}, {1, 1, 5, 5}, {2, 4, 6, 8}, 1, {1, 1, 2, true});
  EXPECT_EQ(y, (Floats{4, 6}));
}

TEST(Kernels, AttentionSeesNoLaterTokenUnlessNotCausal) {
  Floats keys = {0, 0}, values = {1, 3}, q = {0, 0};
  EXPECT_EQ(attention(q, keys, values, 0, {1, 1, 1, true}), (Floats{1, 2}));
  EXPECT_EQ(attention(q, keys, values, 0, {1, 1, 1, false}), (Floats{2, 2}));
}

TEST(Kernels, AttentionGroupsShareAKeyHead) {
  // Four query heads, two key heads of one channel, one position.
  EXPECT_EQ(attention({1, 1, 1, 1}, {0, 0}, {7, 9}, 0, {4, 2, 1, true}),
            (Floats{7, 7, 9, 9}));
}

TEST(Kernels, AttentionSurvivesLargeScores) {
  Floats y = attention({1000}, {1000, 999}, {1, 2}, 1, {1, 1, 1, true});
  EXPECT_EQ(y[0], 1.0f);
}

TEST(Kernels, LargestTakesTheLowerIndexAmongEquals) {
  EXPECT_EQ(largest({1, 3, 2, 3, 0}, 3), (std::vector<int32_t>{1, 3, 2}));
}

TEST(Kernels, RoundToHalf) {
  Floats x = {1.0f, 1.0f + 0x1p-12f, 0.1f};
  roundToHalf(x);
  EXPECT_EQ(x, (Floats{1.0f, 1.0f, 0.0999755859375f}));
}
