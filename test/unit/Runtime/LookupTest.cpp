// Guesses from what the conversation held before.
#include "lfm2rt/lookup.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <vector>

namespace {

class Lookup : public testing::Test {
protected:
  explicit Lookup(uint32_t tokens = 1000)
      : memory(lfm2rt_lookup_size(tokens) / 8 + 1, ~uint64_t(0)),
        lookup(lfm2rt_lookup_create(memory.data(), tokens)) {}

  std::vector<int32_t> draft(const std::vector<int32_t> &tokens,
                             uint32_t capacity = 4) {
    std::vector<int32_t> guesses(capacity, -5);
    guesses.resize(lfm2rt_lookup_draft(tokens.data(), uint32_t(tokens.size()),
                                       guesses.data(), capacity, lookup));
    return guesses;
  }
  using Ids = std::vector<int32_t>;

  std::vector<uint64_t> memory;
  lfm2rt_lookup *lookup;
};

/// The same by looking at every place.
std::vector<int32_t> slowly(const std::vector<int32_t> &tokens,
                            uint32_t capacity) {
  const size_t count = tokens.size();
  size_t best = 0, longest = 2;
  for (size_t place = count - 1; place >= 3; --place) {
    size_t n = 0;
    while (n < place && n < 32 &&
           tokens[place - 1 - n] == tokens[count - 1 - n])
      ++n;
    if (n > longest)
      longest = n, best = place;
  }
  std::vector<int32_t> guesses;
  for (uint32_t i = 0; best && i < capacity; ++i)
    guesses.push_back(best + i < count ? tokens[best + i]
                                       : guesses[best + i - count]);
  return guesses;
}

TEST_F(Lookup, GoesOnAsBefore) {
  EXPECT_EQ(draft({1, 2}), Ids());
  EXPECT_EQ(draft({1, 2, 3, 4, 5, 6, 7, 2, 3}), Ids()) << "two are too few";
  EXPECT_EQ(draft({1, 2, 3, 4, 5, 6, 7, 2, 3, 4}), (Ids{5, 6, 7, 2}));
  // The longest run, not the latest; and of equal ones the latest.
  EXPECT_EQ(draft({1, 2, 3, 4, 5, 0, 2, 3, 4, 6, 1, 2, 3, 4}, 1), Ids{5});
  EXPECT_EQ(draft({2, 3, 4, 5, 0, 2, 3, 4, 6, 1, 2, 3, 4}, 1), Ids{6});
  // What repeats itself.
  EXPECT_EQ(draft({7, 8, 7, 8, 7}, 5), (Ids{8, 7, 8, 7, 8}));
  EXPECT_EQ(draft({5, 5, 5, 5}, 3), (Ids{5, 5, 5}));
}

TEST_F(Lookup, GoesOnBehindATokenThatWasChanged) {
  Ids tokens = {30, 31, 1,  2,  3, 4, 5, 6, 7, 8,
                9,  10, 11, 12, 0, 1, 2, 3, 4, 5};
  EXPECT_EQ(draft(tokens, 3), (Ids{6, 7, 8}));
  tokens.insert(tokens.end(), {6, 70});
  EXPECT_EQ(draft(tokens, 3), (Ids{8, 9, 10}));
  tokens.insert(tokens.end(), {8, 90});
  EXPECT_EQ(draft(tokens, 2), (Ids{10, 11}));
  tokens.insert(tokens.end(), {100, 110, 120});
  EXPECT_EQ(draft(tokens, 2), Ids()) << "too few of the last 8";
  tokens.push_back(13);
  EXPECT_EQ(draft(tokens, 2), Ids()) << "it was given up";
}

TEST_F(Lookup, FollowsAConversationThatGoesBack) {
  Ids tokens = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  EXPECT_EQ(draft(tokens), Ids());
  tokens.resize(4);
  tokens.insert(tokens.end(), {10, 11, 12, 2, 3, 4});
  EXPECT_EQ(draft(tokens, 2), (Ids{10, 11}));
  EXPECT_EQ(draft({6, 7, 8}), Ids()) << "another one";
}

TEST_F(Lookup, LooksAtNoMoreThanItHasRoomFor) {
  Ids tokens(1000);
  for (size_t i = 0; i < tokens.size(); ++i)
    tokens[i] = int32_t(i % 10);
  EXPECT_EQ(draft(tokens, 2), (Ids{0, 1}));
  tokens.push_back(0);
  EXPECT_EQ(draft(tokens, 2), Ids());
}

TEST_F(Lookup, TellsTheSizeForAnyNumberOfTokens) {
  EXPECT_EQ(lfm2rt_lookup_size(~0u) >> 32, 10u);
}

TEST_F(Lookup, FindsWhatASearchFinds) {
  uint32_t seed = 1;
  auto random = [&](uint32_t below) {
    return ((seed = seed * 1664525u + 1013904223u) >> 16) % below;
  };
  for (int round = 0; round < 200; ++round) {
    const uint32_t letters = 2 + random(12);
    Ids tokens;
    for (uint32_t i = 0, count = 3 + random(120); i < count; ++i) {
      // Now and then a part of what was.
      if (tokens.size() > 20 && random(10) == 0) {
        const size_t from = random(uint32_t(tokens.size()) - 10);
        for (size_t j = from; j < from + 8; ++j)
          tokens.push_back(tokens[j]);
      }
      tokens.push_back(int32_t(random(letters)));
      if (random(40) == 0)
        tokens.resize(1 + random(uint32_t(tokens.size())));
      if (tokens.size() < 3)
        continue;
      const Ids expected = slowly(tokens, 6);
      const Ids found = draft(tokens, 6);
      if (expected.empty())
        continue; // It may follow what it found before.
      // Of many places only the latest are looked at.
      if (letters > 6)
        ASSERT_EQ(found, expected) << round << ' ' << i;
      else
        ASSERT_FALSE(found.empty()) << round << ' ' << i;
    }
  }
}

} // namespace
