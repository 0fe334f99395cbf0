#include "test/unit/Runtime/Fixture.h"

using namespace fake;

namespace {

using State = Runtime;

TEST_F(State, RewindGoesOnAsIfNothingHadFollowed) {
  const std::vector<int32_t> start = someTokens(37, 1), one = someTokens(20, 2),
                             other = someTokens(20, 3);
  Context context(model, weights, 128, 2);
  context.eval(start);
  std::vector<char> mark(lfm2rt_mark_size(&model));
  EXPECT_LE(mark.size(), fixedBytes + 128) << "small";
  lfm2rt_mark(context, mark.data());
  const std::vector<float> first = context.eval(one);
  ASSERT_EQ(lfm2rt_rewind(context, mark.data(), &error), LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_position(context), 37u);
  const std::vector<float> second = context.eval(other);
  EXPECT_NE(first, second);
  ASSERT_EQ(lfm2rt_rewind(context, mark.data(), &error), LFM2RT_OK);
  EXPECT_EQ(context.eval(one), first);
}

TEST_F(State, WithoutLogitsThereIsNothingToDraw) {
  Context context(model, weights, 64, 1);
  context.eval(someTokens(5));
  std::vector<char> mark(lfm2rt_mark_size(&model)),
      saved(lfm2rt_save_size(context));
  lfm2rt_mark(context, mark.data());
  lfm2rt_save(context, saved.data());
  const auto expectNone = [&] {
    EXPECT_EQ(lfm2rt_logits(context), nullptr);
    EXPECT_EQ(lfm2rt_sample(context), -1);
    EXPECT_EQ(lfm2rt_generate_tokens(context, nullptr, 0, 1, 0, nullptr,
                                     nullptr, &error),
              LFM2RT_INVALID_ARGUMENT);
  };
  EXPECT_GE(lfm2rt_sample(context), 0);
  ASSERT_EQ(lfm2rt_rewind(context, mark.data(), &error), LFM2RT_OK);
  expectNone();
  context.eval({1});
  ASSERT_EQ(lfm2rt_restore(context, saved.data(), saved.size(), &error),
            LFM2RT_OK);
  expectNone();
  context.eval({1});
  lfm2rt_reset(context);
  expectNone();
}

TEST_F(State, RewindWhereTheTokensAreOthersIsRefused) {
  Context context(model, weights, 128, 1);
  context.eval(someTokens(20, 1));
  std::vector<char> mark(lfm2rt_mark_size(&model));
  lfm2rt_mark(context, mark.data());
  lfm2rt_reset(context);
  EXPECT_EQ(lfm2rt_rewind(context, mark.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  context.eval(someTokens(30, 2));
  EXPECT_EQ(lfm2rt_rewind(context, mark.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("not the first of the 30"));
  EXPECT_EQ(lfm2rt_position(context), 30u);
  mark[0] ^= 1;
  EXPECT_EQ(lfm2rt_rewind(context, mark.data(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a mark"));
}

TEST_F(State, RestoredElsewhereGoesOnAsHere) {
  Context here(model, weights, 128, 2), there(model, weights, 128, 1);
  here.generate({1, 2, 3}, 30);
  there.eval(someTokens(50));
  std::vector<char> saved(lfm2rt_save_size(here));
  lfm2rt_save(here, saved.data());
  ASSERT_EQ(lfm2rt_restore(there, saved.data(), saved.size(), &error),
            LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_position(there), lfm2rt_position(here));
  EXPECT_EQ(std::memcmp(lfm2rt_tokens(there), lfm2rt_tokens(here), 32 * 4), 0);
  EXPECT_EQ(there.generate({}, 5), here.generate({}, 5));
  EXPECT_EQ(there.lastLogits(), here.lastLogits());
}

TEST_F(State, DamagedSavesAreRefused) {
  Context context(model, weights, 64, 1), small(model, weights, 32, 1);
  context.eval(someTokens(10));
  std::vector<char> saved(lfm2rt_save_size(context));
  lfm2rt_save(context, saved.data());
  EXPECT_EQ(lfm2rt_restore(small, saved.data(), saved.size(), &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("of a context of 64 tokens, this one has 32"));
  for (size_t size = 0; size < saved.size(); size += size < 100 ? 1 : 37) {
    const std::vector<char> cut(saved.begin(), saved.begin() + long(size));
    EXPECT_EQ(lfm2rt_restore(context, cut.data(), size, &error),
              LFM2RT_INVALID_ARGUMENT);
  }
  // Any byte of the header may be anything; the context stays usable.
  for (size_t at = 0; at < 64; ++at) {
    std::vector<char> bad = saved;
    bad[at] ^= char(0x80);
    lfm2rt_restore(context, bad.data(), bad.size(), &error);
    EXPECT_LE(lfm2rt_position(context), 64u);
  }
  std::vector<char> bad = saved;
  bad[64 + 3] = 0x7f; // A token far out of range.
  EXPECT_EQ(lfm2rt_restore(context, bad.data(), bad.size(), &error),
            LFM2RT_INVALID_ARGUMENT);
}

TEST_F(State, ForksLiveApart) {
  Context one(model, weights, 128, 1), two(model, weights, 128, 2);
  one.generate({5, 6, 7}, 20);
  ASSERT_EQ(lfm2rt_fork(two, one, &error), LFM2RT_OK) << error.message;
  EXPECT_EQ(two.lastLogits(), one.lastLogits());
  const std::vector<float> a = one.eval(someTokens(9, 1));
  const std::vector<float> b = two.eval(someTokens(9, 2));
  EXPECT_NE(a, b);
  Context alone(model, weights, 128, 1);
  alone.generate({5, 6, 7}, 20);
  EXPECT_EQ(alone.eval(someTokens(9, 2)), b);
  Context other(model, weights, 64, 1);
  EXPECT_EQ(lfm2rt_fork(other, one, &error), LFM2RT_INVALID_ARGUMENT);
}

} // namespace
