// Guesses of a drafter, verified in a step, and tokens that a guide forces.
#include "test/unit/Runtime/Fixture.h"

#include <algorithm>

using namespace fake;

namespace {

/// Guesses what the fake model's phrase has next, with mistakes.
struct Oracle {
  uint32_t wrongEvery = 0; ///< A guess is wrong at each multiple; 0: never.
  uint32_t asked = 0, most = 0;
  int32_t wrong = 1;

  static uint32_t draft(const int32_t *, uint32_t count, int32_t *guesses,
                        uint32_t capacity, void *user) {
    auto &oracle = *static_cast<Oracle *>(user);
    ++oracle.asked;
    oracle.most = std::max(oracle.most, capacity);
    for (uint32_t i = 0; i < capacity; ++i) {
      const uint32_t at = count + i;
      const bool bad = oracle.wrongEvery && at % oracle.wrongEvery == 0;
      guesses[i] = bad ? oracle.wrong : expectedToken(int32_t(at));
    }
    return capacity;
  }
  lfm2rt_drafter get() { return {draft, this}; }
};

class Guess : public Runtime {
protected:
  static constexpr uint32_t capacity = 960;
  lfm2rt_draft_counts counts(const Context &context) {
    lfm2rt_draft_counts found;
    lfm2rt_draft_statistics(context, &found);
    return found;
  }
  /// Columns, position and what is pending.
  std::vector<char> mark(const Context &context) {
    std::vector<char> found(lfm2rt_mark_size(&model));
    lfm2rt_mark(context, found.data());
    return found;
  }
};

TEST_F(Guess, GivesTheSameTextAndState) {
  for (uint32_t wrongEvery : {0u, 1u, 2u, 3u, 7u, 20u})
    for (uint32_t drafts : {1u, 5u, 63u})
      for (uint32_t marks : {0u, 8u}) {
        Oracle oracle;
        oracle.wrongEvery = wrongEvery;
        const lfm2rt_drafter drafter = oracle.get();
        Context plain(model, weights, capacity, 1),
            guessed(model, weights, capacity, 1, nullptr, 0, marks, drafts);
        lfm2rt_set_drafter(guessed, &drafter);
        for (uint32_t most : {150u, 1u, 2u, 77u}) {
          EXPECT_EQ(guessed.generate({5, 6}, most, LFM2RT_IGNORE_STOP),
                    plain.generate({5, 6}, most, LFM2RT_IGNORE_STOP));
          EXPECT_EQ(mark(guessed), mark(plain)) << wrongEvery << ' ' << drafts;
          EXPECT_EQ(guessed.lastLogits(), plain.lastLogits());
        }
        EXPECT_GT(oracle.asked, 0u);
        EXPECT_LE(oracle.most, drafts);
      }
}

TEST_F(Guess, RightOnesCostOneStep) {
  static uint32_t steps;
  beforeBarrier = [](const lfm2_step *) { ++steps; };
  Oracle oracle;
  const lfm2rt_drafter drafter = oracle.get();
  Context context(model, weights, capacity, 1, nullptr, 0, 0, 63);
  lfm2rt_set_drafter(context, &drafter);
  steps = 0;
  context.generate({1}, 500, LFM2RT_IGNORE_STOP);
  EXPECT_LT(steps / 2, 40u) << "as many at once as the largest step has";
  const lfm2rt_draft_counts found = counts(context);
  EXPECT_EQ(found.guessed, found.right);
  EXPECT_GT(found.right, 450u);
  EXPECT_GT(found.steps, 5u);
  // Nobody is asked from now on.
  lfm2rt_set_drafter(context, nullptr);
  const uint32_t asked = oracle.asked;
  context.generate({1}, 10);
  EXPECT_EQ(oracle.asked, asked);
}

TEST_F(Guess, WrongOnesAreAskedForLessAndLess) {
  Oracle oracle;
  oracle.wrongEvery = 1;
  const lfm2rt_drafter drafter = oracle.get();
  Context context(model, weights, capacity, 1, nullptr, 0, 0, 16);
  lfm2rt_set_drafter(context, &drafter);
  context.generate({1}, 500, LFM2RT_IGNORE_STOP);
  const lfm2rt_draft_counts found = counts(context);
  EXPECT_EQ(found.right, 0u);
  EXPECT_LT(found.steps, 22u) << "every 32nd token in the end";
  EXPECT_LT(found.guessed, 30u);
}

TEST_F(Guess, StopsWhereTheTextDoes) {
  Oracle oracle;
  const lfm2rt_drafter drafter = oracle.get();
  Context context(model, weights, capacity, 1, nullptr, 0, 0, 63),
      plain(model, weights, capacity, 1);
  lfm2rt_set_drafter(context, &drafter);
  EXPECT_EQ(context.generate({1, 2, 3}, 1000), plain.generate({1, 2, 3}, 1000));
  EXPECT_EQ(lfm2rt_position(context), 63u) << "nothing of the guesses is left";
  EXPECT_EQ(mark(context), mark(plain));
}

TEST_F(Guess, FillsTheContextToItsLastToken) {
  Oracle oracle;
  const lfm2rt_drafter drafter = oracle.get();
  Context context(model, weights, 64, 1, nullptr, 0, 0, 63),
      plain(model, weights, 64, 1);
  lfm2rt_set_drafter(context, &drafter);
  EXPECT_EQ(context.generate({1, 2, 3}, 1000, LFM2RT_IGNORE_STOP),
            plain.generate({1, 2, 3}, 1000, LFM2RT_IGNORE_STOP));
  EXPECT_EQ(lfm2rt_position(context), 64u);
}

// Draws at a temperature take the random numbers that they take without.
TEST_F(Guess, DrawsAsWithoutADrafter) {
  for (uint32_t seed : {1u, 2u, 3u}) {
    lfm2rt_sampling sampling;
    lfm2rt_sampling_defaults(&weights, &sampling);
    sampling.temperature = 0.6f;
    sampling.top_k = 0;
    sampling.top_p = 1;
    sampling.min_p = 0;
    sampling.seed = seed;
    Oracle oracle;
    const lfm2rt_drafter drafter = oracle.get();
    Context context(model, weights, capacity, 1, nullptr, 0, 0, 8),
        plain(model, weights, capacity, 1);
    lfm2rt_set_drafter(context, &drafter);
    lfm2rt_set_sampling(context, &sampling);
    lfm2rt_set_sampling(plain, &sampling);
    EXPECT_EQ(context.generate({1}, 300, LFM2RT_IGNORE_STOP),
              plain.generate({1}, 300, LFM2RT_IGNORE_STOP));
    EXPECT_GT(counts(context).right, 0u);
    EXPECT_LT(counts(context).right, counts(context).guessed);
  }
}

TEST_F(Guess, WhatIsNoTokenIsNoGuess) {
  Oracle oracle;
  oracle.wrongEvery = 3;
  Context plain(model, weights, capacity, 1);
  const std::vector<int32_t> text =
      plain.generate({1}, 100, LFM2RT_IGNORE_STOP);
  for (int32_t bad : {-1, int32_t(vocabulary), INT32_MIN, INT32_MAX}) {
    oracle.wrong = bad;
    const lfm2rt_drafter drafter = oracle.get();
    Context context(model, weights, capacity, 1, nullptr, 0, 0, 8);
    lfm2rt_set_drafter(context, &drafter);
    EXPECT_EQ(context.generate({1}, 100, LFM2RT_IGNORE_STOP), text);
    EXPECT_EQ(counts(context).right, counts(context).guessed);
  }
}

// A caller that ends or cancels within a run of guesses finds the context at
// the token that it was given last.
TEST_F(Guess, EndsWithinARun) {
  for (bool cancels : {false, true})
    for (size_t last = 1; last < 40; ++last) {
      struct Reader {
        lfm2rt_context *context;
        std::vector<int32_t> ids;
        size_t last;
        bool cancels;
      };
      auto take = [](int32_t token, void *user) {
        auto &reader = *static_cast<Reader *>(user);
        EXPECT_EQ(lfm2rt_position(reader.context), 1 + reader.ids.size());
        reader.ids.push_back(token);
        if (reader.ids.size() != reader.last)
          return 0;
        if (reader.cancels)
          lfm2rt_cancel(reader.context);
        return int(!reader.cancels);
      };
      Oracle oracle;
      const lfm2rt_drafter drafter = oracle.get();
      Context context(model, weights, capacity, 1, nullptr, 0, 0, 16),
          plain(model, weights, capacity, 1);
      lfm2rt_set_drafter(context, &drafter);
      const int32_t prompt[] = {1};
      Reader reader = {context, {}, last, cancels};
      const lfm2rt_status status = lfm2rt_generate_tokens(
          context, prompt, 1, 100, LFM2RT_IGNORE_STOP, take, &reader, &error);
      EXPECT_EQ(status, cancels ? LFM2RT_CANCELLED : LFM2RT_OK);
      // Guesses that were verified already may follow a cancel.
      EXPECT_EQ(reader.ids, plain.generate({1}, uint32_t(reader.ids.size()),
                                           LFM2RT_IGNORE_STOP));
      EXPECT_EQ(mark(context), mark(plain)) << last;
      EXPECT_EQ(context.generate({}, 9, LFM2RT_IGNORE_STOP),
                plain.generate({}, 9, LFM2RT_IGNORE_STOP));
    }
}

/// Forces a word, from wherever its first letter stands.
struct Word {
  static uint32_t force(const int32_t *tokens, uint32_t count, int32_t *next,
                        uint32_t capacity, void *) {
    static const std::vector<int32_t> word = {'w', 'x', 'y', 'z'};
    for (size_t part = word.size() - 1; part > 0; --part)
      if (count >= part && std::equal(word.begin(), word.begin() + long(part),
                                      tokens + count - part)) {
        uint32_t given = 0;
        while (given < capacity && part + given < word.size())
          next[given] = word[part + given], ++given;
        return given;
      }
    return 0;
  }
};

TEST_F(Guess, ForcedTokensAreReadTogether) {
  static std::vector<int32_t> sizes;
  inStep = [](const lfm2_step *step, int32_t thread) {
    if (thread == 0)
      sizes.push_back(step->count);
  };
  const lfm2rt_guide guide = {Word::force, nullptr};
  Context context(model, weights, capacity, 1);
  lfm2rt_set_guide(context, &guide);
  sizes.clear();
  const std::vector<int32_t> ids =
      context.generate({1}, 60, LFM2RT_IGNORE_STOP);
  const int32_t word[] = {'w', 'x', 'y', 'z'};
  EXPECT_NE(std::search(ids.begin(), ids.end(), word, word + 4), ids.end());
  EXPECT_NE(std::find(sizes.begin(), sizes.end(), 4), sizes.end())
      << "the letter that was drawn, and those that follow";
  // The state is that of these tokens.
  Context plain(model, weights, capacity, 1);
  std::vector<int32_t> all = {1};
  all.insert(all.end(), ids.begin(), ids.end());
  plain.eval(all);
  lfm2rt_eval(context, nullptr, 0, nullptr, &error); // The last one.
  EXPECT_EQ(mark(context), mark(plain));
}

} // namespace
