// Tokens one after the other, up to a stop, an end or a refusal.
#include "test/unit/Runtime/Fixture.h"

#include <cmath>

using namespace fake;

namespace {

using Generate = Runtime;

std::vector<int32_t> expected(int32_t from, int32_t to) {
  std::vector<int32_t> ids;
  for (int32_t at = from; at < to; ++at)
    ids.push_back(expectedToken(at));
  return ids;
}

TEST_F(Generate, FollowsTheLogitsAndStopsAtAStopToken) {
  Context context(model, weights, 256, 2);
  EXPECT_EQ(context.generate({1, 2, 3}, 1000), expected(3, 64));
  EXPECT_EQ(lfm2rt_position(context), 63u) << "the last token is not read yet";
  // It goes on from there: the stop token is read first.
  EXPECT_EQ(context.generate({}, 10), expected(64, 74));
  EXPECT_EQ(lfm2rt_tokens(context)[63], stopToken);
}

TEST_F(Generate, GoesOnAfterAStopTokenWhenAsked) {
  Context context(model, weights, 256, 1);
  EXPECT_EQ(context.generate({1}, 100, LFM2RT_IGNORE_STOP), expected(1, 101));
}

TEST_F(Generate, InPartsAsInOne) {
  Context whole(model, weights, 256, 1), parts(model, weights, 256, 1);
  whole.generate({9, 8, 7}, 21);
  parts.generate({9, 8, 7}, 5);
  parts.generate({}, 6);
  parts.generate({}, 10);
  EXPECT_EQ(whole.lastLogits(), parts.lastLogits());
  // Or with tokens of one's own in between.
  const int32_t more[] = {4, 5};
  EXPECT_EQ(lfm2rt_eval(whole, more, 2, nullptr, nullptr), LFM2RT_OK);
  EXPECT_EQ(lfm2rt_position(whole), 3u + 21 + 2);
  const std::vector<float> logits = parts.eval({4, 5});
  EXPECT_EQ(whole.lastLogits(),
            std::vector<float>(logits.end() - vocabulary, logits.end()));
}

TEST_F(Generate, NothingToGoOnFrom) {
  Context context(model, weights, 64, 1);
  EXPECT_EQ(lfm2rt_generate_tokens(context, nullptr, 0, 5, 0, nullptr, nullptr,
                                   &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a prompt"));
}

TEST_F(Generate, LogitsThatAreNoNumbersGiveNoToken) {
  Context context(model, weights, 64, 1);
  for (float bad : {__builtin_nanf(""), __builtin_inff(), -__builtin_inff()}) {
    context.eval({1, 2});
    auto *logits = const_cast<float *>(lfm2rt_logits(context));
    logits[vocabulary - 1] = bad;
    EXPECT_EQ(lfm2rt_sample(context), -1);
    EXPECT_EQ(lfm2rt_generate_tokens(context, nullptr, 0, 5, 0, nullptr,
                                     nullptr, &error),
              LFM2RT_NOT_FINITE);
    EXPECT_TRUE(failed("expected logits that are finite numbers"));
  }
  // Those of the next token are judged anew.
  context.eval({3});
  EXPECT_GE(lfm2rt_sample(context), 0);
}

TEST_F(Generate, FillsTheContextToItsLastToken) {
  Context context(model, weights, 32, 1);
  // 30 read, then 3: two of these find room, the third needs none.
  EXPECT_EQ(context.generate(someTokens(30), 100), expected(30, 33));
  EXPECT_EQ(lfm2rt_position(context), 32u);
  EXPECT_EQ(lfm2rt_generate_tokens(context, nullptr, 0, 1, 0, nullptr, nullptr,
                                   &error),
            LFM2RT_CONTEXT_FULL);
}

TEST_F(Generate, TheCallerEndsIt) {
  Context context(model, weights, 64, 1);
  std::vector<int32_t> seen;
  auto three = [](int32_t token, void *user) {
    auto *ids = static_cast<std::vector<int32_t> *>(user);
    ids->push_back(token);
    return int(ids->size() == 3);
  };
  const int32_t prompt[] = {1, 2};
  EXPECT_EQ(
      lfm2rt_generate_tokens(context, prompt, 2, 50, 0, three, &seen, &error),
      LFM2RT_OK);
  EXPECT_EQ(seen, expected(2, 5));
}

TEST_F(Generate, CancelledBetweenTwoTokensKeepsBoth) {
  Context context(model, weights, 256, 1);
  struct Seen {
    std::vector<int32_t> ids;
    lfm2rt_context *context;
  } seen = {{}, context};
  auto third = [](int32_t token, void *user) {
    auto *seen = static_cast<Seen *>(user);
    seen->ids.push_back(token);
    if (seen->ids.size() == 3)
      lfm2rt_cancel(seen->context);
    return 0;
  };
  const int32_t prompt[] = {1, 2};
  EXPECT_EQ(
      lfm2rt_generate_tokens(context, prompt, 2, 50, 0, third, &seen, &error),
      LFM2RT_CANCELLED);
  EXPECT_EQ(seen.ids, expected(2, 5));
  EXPECT_EQ(lfm2rt_position(context), 4u);
  EXPECT_EQ(context.generate({}, 4), expected(5, 9));
  EXPECT_EQ(lfm2rt_tokens(context)[4], expectedToken(4));
}

TEST_F(Generate, TheMaskIsAskedForEveryToken) {
  Context context(model, weights, 64, 1);
  struct Grammar {
    uint32_t bits[(vocabulary + 31) / 32];
    uint32_t calls;
  } grammar = {};
  // Tokens 40 + length of the text so far: one choice.
  auto allow = [](const int32_t *tokens, uint32_t count,
                  void *user) -> const uint32_t * {
    auto *grammar = static_cast<Grammar *>(user);
    ++grammar->calls;
    EXPECT_EQ(tokens[0], 1);
    std::memset(grammar->bits, 0, sizeof(grammar->bits));
    grammar->bits[(40 + count) / 32] = 1u << (40 + count) % 32;
    return grammar->bits;
  };
  lfm2rt_set_allow(context, allow, &grammar);
  EXPECT_EQ(context.generate({1, 2}, 4),
            (std::vector<int32_t>{42, 43, 44, 45}));
  EXPECT_EQ(grammar.calls, 4u);
  lfm2rt_set_allow(context, nullptr, nullptr);
  EXPECT_EQ(context.generate({}, 1), expected(6, 7));
}

TEST_F(Generate, LogProbabilitiesAreThoseOfTheModel) {
  Context context(model, weights, 64, 1);
  lfm2rt_logprob best[vocabulary + 1];
  EXPECT_EQ(lfm2rt_logprobs(context, 5, best), 0u) << "without logits";
  EXPECT_EQ(lfm2rt_logprob_of(context, 5), 0);
  lfm2rt_sampling cold = {}; // Has no part in it.
  cold.temperature = 0.01f;
  cold.repeat_penalty = 9;
  cold.repeat_window = 64;
  lfm2rt_set_sampling(context, &cold);
  context.eval({1, 2, 3});
  const std::vector<float> logits = context.lastLogits();
  long double sum = 0;
  for (float logit : logits)
    sum += std::exp((long double)logit);
  EXPECT_EQ(lfm2rt_logprobs(context, 0, best), 0u);
  ASSERT_EQ(lfm2rt_logprobs(context, vocabulary + 1, best), vocabulary);
  for (uint32_t i = 0; i < vocabulary; ++i) {
    const auto expected = double(logits[size_t(best[i].token)] - std::log(sum));
    EXPECT_NEAR(best[i].logprob, expected, 1e-6);
    EXPECT_NEAR(lfm2rt_logprob_of(context, best[i].token), expected, 1e-6);
    if (i > 0) {
      EXPECT_TRUE(best[i].logprob < best[i - 1].logprob ||
                  (best[i].logprob == best[i - 1].logprob &&
                   best[i].token > best[i - 1].token));
    }
  }
  lfm2rt_logprob three[3];
  ASSERT_EQ(lfm2rt_logprobs(context, 3, three), 3u);
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(three[i].token, best[i].token);
  EXPECT_EQ(lfm2rt_logprob_of(context, -1), 0);
  EXPECT_EQ(lfm2rt_logprob_of(context, vocabulary), 0);
  const_cast<float *>(lfm2rt_logits(context))[7] = NAN;
  EXPECT_EQ(lfm2rt_logprobs(context, 3, three), 0u);
}

TEST_F(Generate, EqualSeedsGiveEqualTokens) {
  lfm2rt_sampling hot = {};
  hot.temperature = 3;
  hot.top_p = 0.95f;
  hot.repeat_penalty = 1.1f;
  hot.top_k = 50;
  hot.repeat_window = 64;
  hot.seed = 99;
  std::vector<int32_t> texts[2];
  for (auto &text : texts) {
    Context context(model, weights, 256, 2);
    lfm2rt_set_sampling(context, &hot);
    text = context.generate({1, 2, 3}, 40, LFM2RT_IGNORE_STOP);
  }
  EXPECT_EQ(texts[0], texts[1]);
  EXPECT_NE(texts[0], expected(3, 43));
}

} // namespace
