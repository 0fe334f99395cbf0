// The fake program's stretches: "state" reads 1000 bytes and takes 10 products
// a token; "attend" 100 bytes for each of 8 experts, 2 a token, 16 bytes for
// each position in the cache and 2 products for each that a token sees; "head"
// 500 bytes and 300 products for each token with logits.
#include "test/unit/Runtime/Fixture.h"

using namespace fake;

namespace {

class Profile : public Runtime {
protected:
  void start(lfm2rt_context *context, uint64_t more = 0) {
    uint64_t bytes = lfm2rt_profile_size(context) + more;
    memory = std::make_unique<Memory>(bytes);
    ASSERT_EQ(lfm2rt_profile_start(context, memory->get(), bytes, &error),
              LFM2RT_OK)
        << error.message;
  }
  static std::vector<lfm2rt_profile_row> rows(const lfm2rt_context *context) {
    std::vector<lfm2rt_profile_row> rows(
        lfm2rt_profile_rows(context, nullptr, 0));
    EXPECT_EQ(lfm2rt_profile_rows(context, rows.data(), uint32_t(rows.size())),
              rows.size());
    return rows;
  }
  static std::vector<lfm2rt_profile_event>
  events(const lfm2rt_context *context) {
    std::vector<lfm2rt_profile_event> events;
    lfm2rt_profile_cursor cursor = {};
    lfm2rt_profile_event event;
    while (lfm2rt_profile_next(context, &cursor, &event))
      events.push_back(event);
    EXPECT_FALSE(lfm2rt_profile_next(context, &cursor, &event));
    return events;
  }
  std::unique_ptr<Memory> memory;
};

TEST_F(Profile, CountsWhatStepsRead) {
  Context context(model, weights, 64, 2);
  start(context);
  EXPECT_TRUE(rows(context).empty());
  lfm2rt_eval(context, someTokens(1).data(), 1, nullptr, nullptr);
  lfm2rt_eval(context, someTokens(1).data(), 1, nullptr, nullptr);
  lfm2rt_eval(context, someTokens(3).data(), 3, nullptr, nullptr);
  std::vector<lfm2rt_profile_row> found = rows(context);
  ASSERT_EQ(found.size(), 6u);
  const char *phases[] = {"state", "attend", "head"};
  // Positions 0 and 1; then 2, 3 and 4 at once.
  const uint64_t bytes[] = {2000, 2 * 200 + 16 * (1 + 2), 1000,
                            1000, 600 + 16 * 5,           500};
  const uint64_t macs[] = {20, 2 * (1 + 2), 600, 30, 2 * (3 + 4 + 5), 300};
  for (size_t i = 0; i < 6; ++i) {
    EXPECT_STREQ(found[i].phase, phases[i % 3]) << i;
    EXPECT_STREQ(found[i].layer, i % 3 == 2 ? "" : "mix") << i;
    EXPECT_EQ(found[i].size, i < 3 ? 1u : 4u) << i;
    EXPECT_EQ(found[i].calls, i < 3 ? 2u : 1u) << i;
    EXPECT_EQ(found[i].tokens, i < 3 ? 2u : 3u) << i;
    EXPECT_EQ(found[i].bytes, bytes[i]) << i;
    EXPECT_EQ(found[i].macs, macs[i]) << i;
    EXPECT_LE(found[i].busy_nanoseconds, 2 * found[i].nanoseconds + 1000) << i;
  }
  lfm2rt_profile_row one[2] = {};
  EXPECT_EQ(lfm2rt_profile_rows(context, one, 1), 6u);
  EXPECT_EQ(one[1].calls, 0u);
}

TEST_F(Profile, LogitsOfAllOrOfNone) {
  Context context(model, weights, 64, 1);
  start(context);
  // 16 tokens without logits, then 2 with those of the last.
  lfm2rt_eval(context, someTokens(18).data(), 18, nullptr, nullptr);
  context.eval(someTokens(4));
  std::vector<lfm2rt_profile_row> found = rows(context);
  ASSERT_EQ(found.size(), 6u);
  EXPECT_EQ(found[2].bytes, 1000u);
  EXPECT_EQ(found[2].macs, 300u + 4 * 300u);
  EXPECT_EQ(found[5].size, 16u);
  EXPECT_EQ(found[5].calls, 1u);
  EXPECT_EQ(found[5].bytes, 0u);
  EXPECT_EQ(found[5].macs, 0u);
  // No more experts than there are.
  EXPECT_EQ(found[4].bytes, 800u + 16 * 16u);
}

TEST_F(Profile, KeepsStepsWhileThereIsRoom) {
  for (uint32_t threads : {1u, 3u}) {
    Context context(model, weights, 200, threads);
    // A step of this program takes 64 bytes, and as many for each thread.
    start(context, 4 * 64 * (1 + threads));
    for (int i = 0; i < 9; ++i)
      lfm2rt_eval(context, someTokens(1).data(), 1, nullptr, nullptr);
    std::vector<lfm2rt_profile_event> found = events(context);
    ASSERT_EQ(found.size(), 4 * threads * 3);
    uint64_t last = 0;
    for (size_t i = 0; i < found.size(); ++i) {
      const lfm2rt_profile_event &event = found[i];
      EXPECT_EQ(event.step, i / 3 / threads);
      EXPECT_EQ(event.thread, int32_t(i / 3 % threads));
      EXPECT_EQ(event.position, int32_t(event.step));
      EXPECT_EQ(event.count, 1);
      EXPECT_EQ(event.number, i % 3 == 2 ? -1 : 5);
      EXPECT_LE(event.begin, event.end);
      if (i % 3)
        EXPECT_LE(last, event.begin);
      last = event.end;
    }
    EXPECT_EQ(rows(context)[0].calls, 9u);
  }
}

TEST_F(Profile, ManyThreadsAndManySteps) {
  Context context(model, weights, 1000, 7);
  start(context, 1 << 20);
  context.generate(someTokens(100), 200, LFM2RT_IGNORE_STOP);
  uint64_t calls = 0;
  for (const lfm2rt_profile_row &row : rows(context))
    calls += row.calls;
  EXPECT_EQ(events(context).size(), calls * 7);
}

TEST_F(Profile, LeavesOutWhatWasCancelled) {
  Context context(model, weights, 64, 3);
  start(context);
  static lfm2rt_context *running;
  running = context;
  beforeBarrier = [](const lfm2_step *step) {
    if (step->count > 1)
      lfm2rt_cancel(running);
  };
  EXPECT_EQ(lfm2rt_eval(context, someTokens(9).data(), 9, nullptr, &error),
            LFM2RT_CANCELLED);
  EXPECT_TRUE(rows(context).empty());
  beforeBarrier = nullptr;
  context.eval(someTokens(9));
  EXPECT_EQ(rows(context).size(), 3u);
}

TEST_F(Profile, StopsAndStartsAnew) {
  Context context(model, weights, 64, 2);
  EXPECT_TRUE(rows(context).empty());
  EXPECT_TRUE(events(context).empty());
  start(context);
  context.eval(someTokens(1));
  lfm2rt_profile_stop(context);
  memory.reset();
  context.eval(someTokens(1));
  EXPECT_TRUE(rows(context).empty());
  start(context);
  context.eval(someTokens(1));
  EXPECT_EQ(rows(context)[0].calls, 1u);
}

TEST_F(Profile, ChangesNoResult) {
  Context plain(model, weights, 64, 2), measured(model, weights, 64, 2);
  start(measured);
  EXPECT_EQ(plain.eval(someTokens(40)), measured.eval(someTokens(40)));
}

TEST_F(Profile, RefusesMemory) {
  Context context(model, weights, 64, 2);
  uint64_t needed = lfm2rt_profile_size(context);
  Memory small(needed);
  EXPECT_EQ(lfm2rt_profile_start(context, small.get(), needed - 1, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, needed);
  EXPECT_TRUE(failed("a profile of 2 threads needs"));
  EXPECT_EQ(lfm2rt_profile_start(context, static_cast<char *>(small.get()) + 8,
                                 needed, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("a multiple of 64 bytes"));
  EXPECT_TRUE(rows(context).empty());
}

} // namespace
