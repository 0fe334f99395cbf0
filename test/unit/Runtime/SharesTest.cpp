// Shares of threads: that they cover all, and follow what was measured.
#include "runtime/src/Shares.h"
#include "runtime/platform/Ticks.h"
#include "test/unit/Runtime/Fixture.h"

#include <mutex>
#include <set>

using namespace fake;

namespace {

constexpr lfm2_entry one = {1,       0, 0, nullptr, nullptr,
                            nullptr, 0, 0, nullptr, nullptr};

uint64_t bound(const lfm2rt::Shares &shares, uint32_t i, uint64_t n) {
  return n * shares.of(one)[i] >> 16;
}

TEST(Shares, EqualOnesAreExactOfAFewItems) {
  for (uint32_t threads = 1; threads <= LFM2_MAX_THREADS; ++threads) {
    lfm2rt::Shares shares;
    shares.set(nullptr, threads);
    for (uint64_t n = 0; n <= 1000; ++n)
      for (uint32_t i = 0; i <= threads; ++i)
        ASSERT_EQ(bound(shares, i, n), n * i / threads)
            << n << " items, " << threads << " threads";
  }
}

TEST(Shares, CoverAllItemsOnce) {
  const std::vector<std::vector<uint32_t>> lists = {
      {1},
      {3, 1},
      {0, 1},
      {1, 0, 0},
      {5, 4, 3},
      {UINT32_MAX, 1, UINT32_MAX},
      std::vector<uint32_t>(64, UINT32_MAX)};
  for (const std::vector<uint32_t> &list : lists) {
    lfm2rt::Shares shares;
    shares.set(list.data(), uint32_t(list.size()));
    for (uint64_t n : {uint64_t(0), uint64_t(1), uint64_t(7), uint64_t(65536),
                       uint64_t(INT32_MAX)}) {
      EXPECT_EQ(bound(shares, 0, n), 0u);
      for (uint32_t i = 0; i < list.size(); ++i)
        EXPECT_LE(bound(shares, i, n), bound(shares, i + 1, n));
      EXPECT_EQ(bound(shares, uint32_t(list.size()), n), n);
    }
  }
  lfm2rt::Shares shares;
  const uint32_t weights[] = {3, 1, 0, 4};
  shares.set(weights, 4);
  EXPECT_EQ(bound(shares, 1, 80), 30u);
  EXPECT_EQ(bound(shares, 2, 80), 40u);
  EXPECT_EQ(bound(shares, 3, 80), 40u);
}

TEST(Shares, BalanceGivesTheFasterMore) {
  lfm2rt::Shares shares;
  shares.set(nullptr, 2);
  const double unequal[] = {1, 2}, close[] = {1, 1.09}, unknown[] = {1, 0};
  shares.balance(true, unequal);
  EXPECT_EQ(shares.shareOf(true, 0), 43691u);
  EXPECT_EQ(shares.shareOf(false, 0), 32768u); // Steps of one token: as before.
  // Who ends together has what is right, whatever it is.
  const double together[] = {1, 1};
  shares.balance(true, together);
  EXPECT_EQ(shares.shareOf(true, 0), 43691u);
  shares.balance(true, unknown);
  EXPECT_EQ(shares.shareOf(true, 0), 43691u);
  shares.balance(false, close);
  EXPECT_EQ(shares.shareOf(false, 0), 32768u);
  // No thread is left without work, or it could never show its speed again.
  const double stopped[] = {1, 1000};
  shares.balance(false, stopped);
  EXPECT_NEAR(shares.shareOf(false, 1), 65536 / 17.0, 2);
  const uint32_t none[] = {1, 0};
  shares.set(none, 2);
  shares.balance(false, together);
  EXPECT_GT(shares.shareOf(false, 1), 3000u);
}

class SharesOfContext : public Runtime {};

TEST_F(SharesOfContext, ChangeNoResult) {
  const std::vector<int32_t> tokens = someTokens(40);
  const std::vector<float> expected =
      Context(model, weights, 64, 1).eval(tokens);
  for (const std::vector<uint32_t> &list : std::vector<std::vector<uint32_t>>{
           {1, 1}, {3, 1}, {0, 7}, {1, 2, 3}, {1, 0, 0, 0, 0, 0, 1}}) {
    Context context(model, weights, 64, uint32_t(list.size()));
    ASSERT_EQ(lfm2rt_set_shares(context, list.data(), &error), LFM2RT_OK);
    EXPECT_EQ(context.eval(tokens), expected);
  }
}

TEST_F(SharesOfContext, AreSetAndRead) {
  Context context(model, weights, 64, 2);
  uint32_t shares[2] = {};
  lfm2rt_shares(context, 0, shares);
  EXPECT_EQ(shares[0], 32768u);
  const uint32_t list[] = {3, 1}, nothing[] = {0, 0};
  ASSERT_EQ(lfm2rt_set_shares(context, list, &error), LFM2RT_OK);
  EXPECT_EQ(lfm2rt_set_shares(context, nothing, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("found 0 for all"));
  for (int larger : {0, 1}) {
    lfm2rt_shares(context, larger, shares);
    EXPECT_EQ(shares[0], 49152u);
    EXPECT_EQ(shares[1], 16384u);
  }
  ASSERT_EQ(lfm2rt_set_shares(context, nullptr, &error), LFM2RT_OK);
  lfm2rt_shares(context, 1, shares);
  EXPECT_EQ(shares[1], 32768u);
}

// Thread 1 needs three times as long for what it has to do. Threads that share
// a core with other work are disturbed now and then; the best of some steps is
// not.
TEST_F(SharesOfContext, AreMeasured) {
  Context context(model, weights, 64, 2);
  EXPECT_EQ(lfm2rt_balance(context, &error), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a profile"));
  inStep = [](const lfm2_step *step, int32_t thread) {
    uint64_t part = step->shares[thread + 1] - step->shares[thread];
    uint64_t length = part * (thread == 1 ? 30 : 10);
    for (uint64_t start = lfm2rt::ticks(); lfm2rt::ticks() - start < length;)
      ;
  };
  Memory memory(lfm2rt_profile_size(context));
  ASSERT_EQ(lfm2rt_profile_start(context, memory.get(), memory.bytes, &error),
            LFM2RT_OK);
  for (int i = 0; i < 30; ++i)
    context.eval(someTokens(1));
  ASSERT_EQ(lfm2rt_balance(context, &error), LFM2RT_OK);
  uint32_t shares[2] = {};
  lfm2rt_shares(context, 0, shares);
  EXPECT_NEAR(shares[0], 49152, 3000);
  EXPECT_EQ(shares[0] + shares[1], 65536u);
  lfm2rt_shares(context, 1, shares);
  EXPECT_EQ(shares[0], 32768u);
  for (int i = 0; i < 20; ++i)
    context.eval(someTokens(1));
  ASSERT_EQ(lfm2rt_balance(context, &error), LFM2RT_OK);
  lfm2rt_shares(context, 0, shares);
  EXPECT_NEAR(shares[0], 49152, 3000);
}

TEST_F(SharesOfContext, EveryThreadIsShownToTheApplication) {
  struct Seen {
    std::mutex mutex;
    std::multiset<int32_t> threads;
  } seen;
  lfm2rt_context_options options = {};
  options.tokens = 64;
  options.threads = 4;
  options.on_thread_user = &seen;
  options.on_thread = [](int32_t thread, void *user) {
    auto &seen = *static_cast<Seen *>(user);
    std::lock_guard<std::mutex> lock(seen.mutex);
    seen.threads.insert(thread);
  };
  Memory memory(lfm2rt_context_size(&model, &options));
  lfm2rt_context *context = nullptr;
  ASSERT_EQ(lfm2rt_context_create(&context, &weights, &options, memory.get(),
                                  memory.bytes, &error),
            LFM2RT_OK);
  lfm2rt_context_destroy(context);
  EXPECT_EQ(seen.threads, (std::multiset<int32_t>{1, 2, 3}));
}

} // namespace
