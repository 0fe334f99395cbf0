// Contexts: their size, their memory, and the same numbers however they run.
#include "test/unit/Runtime/Fixture.h"

#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace fake;

namespace {

using ContextTest = Runtime;

TEST_F(ContextTest, SizeIsTheSumOfItsParts) {
  lfm2rt_context_options options = {};
  options.tokens = 100;
  options.threads = 2;
  const uint64_t two = lfm2rt_context_size(&model, &options);
  // 100 tokens become 112; state, logits, candidates, tokens, one stack.
  EXPECT_GE(two, 112 * bytesPerToken + vocabulary * 12 + 256 * 1024);
  options.threads = 1;
  EXPECT_LE(lfm2rt_context_size(&model, &options), two - 256 * 1024);
  options.threads = 0;
  EXPECT_EQ(lfm2rt_context_size(&model, &options), 0u);
  options.threads = 65;
  EXPECT_EQ(lfm2rt_context_size(&model, &options), 0u);
  options.threads = 1;
  options.tokens = 1001;
  EXPECT_EQ(lfm2rt_context_size(&model, &options), 0u);
}

TEST_F(ContextTest, RefusesMemoryThatWillNotDo) {
  lfm2rt_context_options options = {};
  options.tokens = 100;
  options.threads = 1;
  Memory memory(lfm2rt_context_size(&model, &options));
  lfm2rt_context *context = nullptr;
  EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options, memory.get(),
                                  memory.bytes - 1, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, memory.bytes);
  EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options,
                                  static_cast<char *>(memory.get()) + 64,
                                  memory.bytes, &error),
            LFM2RT_INVALID_ARGUMENT);
  options.tokens = 5000;
  EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options, memory.get(),
                                  memory.bytes, nullptr),
            LFM2RT_INVALID_ARGUMENT);
}

TEST_F(ContextTest, PiecesAndThreadsGiveTheSameNumbers) {
  const std::vector<int32_t> tokens = someTokens(61);
  const std::vector<float> whole = Context(model, weights, 64, 1).eval(tokens);
  for (uint32_t threads : {1u, 2u, 3u})
    for (size_t piece : {1u, 2u, 5u, 16u, 40u, 61u}) {
      Context context(model, weights, 64, threads);
      std::vector<float> logits;
      for (size_t at = 0; at < tokens.size(); at += piece) {
        const auto end =
            tokens.begin() + long(std::min(at + piece, tokens.size()));
        const auto part = context.eval({tokens.begin() + long(at), end});
        logits.insert(logits.end(), part.begin(), part.end());
      }
      EXPECT_EQ(logits, whole) << threads << " threads, pieces of " << piece;
      EXPECT_EQ(lfm2rt_position(context), 61u);
      // Without asking for all, those of the last are there as well.
      Context last(model, weights, 64, threads);
      EXPECT_EQ(lfm2rt_eval(last, tokens.data(), 61, nullptr, nullptr),
                LFM2RT_OK);
      EXPECT_EQ(last.lastLogits(), context.lastLogits());
      EXPECT_EQ(last.lastLogits(),
                std::vector<float>(whole.end() - vocabulary, whole.end()));
    }
}

TEST_F(ContextTest, ThreadsOfTheApplication) {
  const std::vector<int32_t> tokens = someTokens(30);
  Context own(
      model, weights, 64, 3,
      [](void (*task)(void *, int32_t), void *argument, int32_t count, void *) {
        std::vector<std::thread> threads;
        for (int32_t i = 0; i < count; ++i)
          threads.emplace_back(task, argument, i);
        for (std::thread &thread : threads)
          thread.join();
      });
  EXPECT_EQ(own.eval(tokens), Context(model, weights, 64, 1).eval(tokens));
}

TEST_F(ContextTest, NearMemoryIsTheContextsOrTheCallers) {
  lfm2rt_context_options options = {};
  options.tokens = 100;
  options.threads = 3;
  const uint64_t own = lfm2rt_context_size(&model, &options);
  const uint64_t near = lfm2rt_near_size(&model, &options);
  // Of the largest entry.
  EXPECT_EQ(near, 3 * 2 * nearBytes);
  Memory given(near);
  options.near = given.get();
  options.near_bytes = near;
  EXPECT_LE(lfm2rt_context_size(&model, &options), own);

  // Each thread writes all that is its own.
  static uint8_t *first;
  inStep = [](const lfm2_step *step, int32_t thread) {
    if (thread == 0)
      first = step->near;
    std::memset(step->near + thread * step->near_bytes, 1 + thread,
                size_t(step->near_bytes));
  };
  const std::vector<int32_t> tokens = someTokens(16);
  auto run = [&](bool isCallers) {
    options.near = isCallers ? given.get() : nullptr;
    Memory memory(lfm2rt_context_size(&model, &options));
    lfm2rt_context *context = nullptr;
    EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options, memory.get(),
                                    memory.bytes, &error),
              LFM2RT_OK)
        << error.message;
    EXPECT_EQ(lfm2rt_eval(context, tokens.data(), 16, nullptr, &error),
              LFM2RT_OK);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % 128, 0u);
    EXPECT_EQ(first == given.get(), isCallers);
    for (uint32_t i = 0; i < near; ++i)
      EXPECT_EQ(first[i], 1 + i / (2 * nearBytes)) << i;
    const float *logits = lfm2rt_logits(context);
    std::vector<float> row(logits, logits + vocabulary);
    lfm2rt_context_destroy(context);
    return row;
  };
  EXPECT_EQ(run(false), run(true));

  options.near_bytes = near - 1;
  options.near = given.get();
  Memory memory(own);
  lfm2rt_context *context = nullptr;
  EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options, memory.get(),
                                  memory.bytes, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_EQ(error.needed, near);
  EXPECT_TRUE(failed("3 threads stage weights in 768 bytes of near memory, "
                     "found 767; give so much, none, or ask for fewer"));
  options.near_bytes = near;
  options.near = static_cast<char *>(given.get()) + 64;
  EXPECT_EQ(lfm2rt_context_create(&context, &weights, &options, memory.get(),
                                  memory.bytes, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("near memory at a multiple of 128"));
}

TEST_F(ContextTest, FullSaysHowMuchFits) {
  Context context(model, weights, 32, 1);
  const std::vector<int32_t> tokens = someTokens(33);
  context.eval({tokens.begin(), tokens.begin() + 20});
  EXPECT_EQ(lfm2rt_eval(context, tokens.data(), 13, nullptr, &error),
            LFM2RT_CONTEXT_FULL);
  EXPECT_TRUE(failed("at most 12 more fit, found 13"));
  EXPECT_TRUE(failed("up to 1000"));
  EXPECT_EQ(error.needed, 33u);
  EXPECT_EQ(lfm2rt_position(context), 20u);
  context.eval({tokens.begin() + 20, tokens.begin() + 32});
  EXPECT_EQ(lfm2rt_position(context), 32u);
}

TEST_F(ContextTest, TokensOutOfRange) {
  Context context(model, weights, 32, 1);
  for (int32_t bad : {int32_t(vocabulary), -1, INT32_MAX, INT32_MIN}) {
    const int32_t tokens[] = {1, bad};
    EXPECT_EQ(lfm2rt_eval(context, tokens, 2, nullptr, &error),
              LFM2RT_INVALID_ARGUMENT);
    EXPECT_TRUE(
        failed("at place 2 is out of range: expected ids of 0 ... 299"));
  }
  EXPECT_EQ(lfm2rt_position(context), 0u);
  EXPECT_EQ(lfm2rt_logits(context), nullptr);
  EXPECT_EQ(lfm2rt_sample(context), -1);
}

TEST_F(ContextTest, ResetForgets) {
  Context context(model, weights, 32, 2);
  const std::vector<int32_t> tokens = someTokens(20);
  const std::vector<float> first = context.eval(tokens);
  lfm2rt_reset(context);
  EXPECT_EQ(lfm2rt_position(context), 0u);
  EXPECT_EQ(context.eval(tokens), first);
}

lfm2rt_context *toCancel = nullptr;
int32_t cancelPosition = 0;

TEST_F(ContextTest, CancelledStandsAtTheLastWholeChunk) {
  const std::vector<int32_t> tokens = someTokens(60);
  const std::vector<float> expected =
      Context(model, weights, 64, 1).eval(tokens);
  for (uint32_t threads : {1u, 2u}) {
    Context context(model, weights, 64, threads);
    toCancel = context;
    cancelPosition = 32;
    beforeBarrier = [](const lfm2_step *step) {
      if (step->runs[0].position == cancelPosition)
        lfm2rt_cancel(toCancel);
    };
    EXPECT_EQ(lfm2rt_eval(context, tokens.data(), 60, nullptr, &error),
              LFM2RT_CANCELLED);
    EXPECT_TRUE(failed("stands at 32 tokens"));
    EXPECT_EQ(lfm2rt_position(context), 32u);
    EXPECT_EQ(lfm2rt_logits(context), nullptr);
    // The context is whole: what was cancelled can be read again.
    beforeBarrier = nullptr;
    const std::vector<float> rest =
        context.eval({tokens.begin() + 32, tokens.end()});
    EXPECT_EQ(rest, std::vector<float>(expected.begin() + 32 * vocabulary,
                                       expected.end()));
  }
}

TEST_F(ContextTest, CancelledBeforeItRuns) {
  Context context(model, weights, 64, 1);
  lfm2rt_cancel(context);
  const std::vector<int32_t> tokens = someTokens(5);
  EXPECT_EQ(lfm2rt_eval(context, tokens.data(), 5, nullptr, &error),
            LFM2RT_CANCELLED);
  EXPECT_EQ(lfm2rt_position(context), 0u);
  EXPECT_EQ(lfm2rt_eval(context, tokens.data(), 5, nullptr, &error), LFM2RT_OK);
}

TEST_F(ContextTest, AStepOfOneTokenIsReadAsAWhole) {
  Context context(model, weights, 64, 2);
  toCancel = context;
  beforeBarrier = [](const lfm2_step *) { lfm2rt_cancel(toCancel); };
  const int32_t token = 5;
  EXPECT_EQ(lfm2rt_eval(context, &token, 1, nullptr, &error), LFM2RT_OK);
  EXPECT_EQ(lfm2rt_position(context), 1u);
  // One that reads nothing has nothing to end.
  EXPECT_EQ(lfm2rt_eval(context, nullptr, 0, nullptr, &error), LFM2RT_OK);
  EXPECT_EQ(lfm2rt_eval(context, &token, 1, nullptr, &error), LFM2RT_CANCELLED);
  EXPECT_EQ(lfm2rt_position(context), 1u);
}

TEST_F(ContextTest, CancelledFromAnotherThread) {
  Context context(model, weights, 992, 2);
  const std::vector<int32_t> tokens = someTokens(900);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    lfm2rt_cancel(context);
  });
  lfm2rt_status status = LFM2RT_OK;
  while (status == LFM2RT_OK) {
    lfm2rt_reset(context);
    status = lfm2rt_eval(context, tokens.data(), 900, nullptr, &error);
  }
  other.join();
  EXPECT_EQ(status, LFM2RT_CANCELLED);
  EXPECT_EQ(lfm2rt_position(context) % 16, 0u);
  const uint32_t at = lfm2rt_position(context);
  EXPECT_EQ(
      lfm2rt_eval(context, tokens.data() + at, 900 - at, nullptr, nullptr),
      LFM2RT_OK);
  Context whole(model, weights, 992, 1);
  EXPECT_EQ(lfm2rt_eval(whole, tokens.data(), 900, nullptr, nullptr),
            LFM2RT_OK);
  EXPECT_EQ(context.lastLogits(), whole.lastLogits());
}

// The child tells by its status what it saw: 0 when all went as it should.
TEST_F(ContextTest, AfterForkThreadsAreElsewhere) {
  Context several(model, weights, 64, 3), one(model, weights, 64, 1);
  several.eval({1, 2, 3});
  one.eval({1, 2, 3});
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(20); // A hang is a failure.
    const int32_t token = 4;
    if (lfm2rt_eval(several, &token, 1, nullptr, &error) !=
            LFM2RT_INVALID_ARGUMENT ||
        !failed("the threads of this context, or its device, are in the "
                "process that made it; "
                "make a context after fork()"))
      _exit(1);
    if (lfm2rt_position(several) != 3)
      _exit(2);
    std::vector<char> saved(lfm2rt_save_size(several));
    lfm2rt_save(several, saved.data());
    if (lfm2rt_restore(one, saved.data(), saved.size(), &error) != LFM2RT_OK ||
        lfm2rt_eval(one, &token, 1, nullptr, &error) != LFM2RT_OK)
      _exit(3);
    lfm2rt_context_destroy(several);
    _exit(0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  several.eval({4});
}

} // namespace
