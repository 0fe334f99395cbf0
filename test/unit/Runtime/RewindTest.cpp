// Contexts that go back to any position, and that read whole conversations.
#include "test/unit/Runtime/Fixture.h"

#include <numeric>

using namespace fake;

namespace {

class Rewind : public Runtime {
protected:
  /// A context with so many marks, which read two texts and an answer to each.
  struct Talk {
    Talk(const Rewind &test, uint32_t marks)
        : context(test.model, test.weights, 960, 1, nullptr, 0, marks) {
      for (uint32_t seed : {1u, 2u}) {
        context.generate(someTokens(150, seed), 70, LFM2RT_IGNORE_STOP);
        context.generate({}, 5, LFM2RT_IGNORE_STOP);
      }
      tokens.assign(lfm2rt_tokens(context),
                    lfm2rt_tokens(context) + lfm2rt_position(context));
      // Without the last one, which is not read yet.
      lfm2rt_rewind_to(context, lfm2rt_position(context), nullptr);
    }
    Context context;
    std::vector<int32_t> tokens;
  };
};

TEST_F(Rewind, GoesOnWithTheSameBits) {
  for (uint32_t marks : {0u, 1u, 5u, 32u}) {
    Talk talk(*this, marks);
    const auto end = uint32_t(talk.tokens.size());
    const std::vector<float> next = talk.context.eval({7, 8, 9});
    for (uint32_t position : {end, end - 1, 380u, 301u, 300u, 256u, 224u, 160u,
                              100u, 64u, 63u, 1u, 0u}) {
      ASSERT_EQ(lfm2rt_rewind_to(talk.context, position, &error), LFM2RT_OK)
          << error.message;
      EXPECT_EQ(lfm2rt_position(talk.context), position);
      EXPECT_EQ(lfm2rt_logits(talk.context), nullptr);
      // What was read alone then is read alone now.
      while (lfm2rt_position(talk.context) < end) {
        const uint32_t at = lfm2rt_position(talk.context);
        talk.context.eval({talk.tokens[at]});
      }
      EXPECT_EQ(talk.context.eval({7, 8, 9}), next)
          << marks << " marks, to " << position;
    }
  }
}

TEST_F(Rewind, AForkKeepsTheMarks) {
  Talk talk(*this, 16);
  for (uint32_t marks : {16u, 3u, 0u}) {
    Context fork(model, weights, 960, 1, nullptr, 0, marks);
    ASSERT_EQ(lfm2rt_fork(fork, talk.context, &error), LFM2RT_OK)
        << error.message;
    for (uint32_t position : {250u, 100u}) {
      const uint32_t marked = lfm2rt_marked(fork, position);
      EXPECT_LE(marked, position);
      if (marks == 16)
        EXPECT_EQ(marked, lfm2rt_marked(talk.context, position));
      if (marks == 0)
        EXPECT_EQ(marked, 0u);
      ASSERT_EQ(lfm2rt_rewind_to(fork, position, &error), LFM2RT_OK)
          << error.message;
      std::vector<char> one(lfm2rt_mark_size(&model)), other(one.size());
      Context straight(model, weights, 960, 1);
      straight.eval({talk.tokens.begin(), talk.tokens.begin() + position});
      lfm2rt_mark(fork, one.data());
      lfm2rt_mark(straight, other.data());
      EXPECT_EQ(one, other) << position;
    }
  }
}

TEST_F(Rewind, GoingBackToAMarkReadsNothing) {
  static int64_t read;
  Talk talk(*this, 32);
  beforeBarrier = [](const lfm2_step *step) { read += step->count; };
  EXPECT_EQ(lfm2rt_marked(talk.context, 9999),
            lfm2rt_marked(talk.context, lfm2rt_position(talk.context)));
  for (uint32_t position : {330u, 200u, 70u}) {
    read = 0;
    const uint32_t marked = lfm2rt_marked(talk.context, position);
    EXPECT_GT(marked + 64, position);
    ASSERT_EQ(lfm2rt_rewind_to(talk.context, marked, &error), LFM2RT_OK)
        << error.message;
    EXPECT_EQ(read, 0);
  }
  lfm2rt_reset(talk.context);
  EXPECT_EQ(lfm2rt_marked(talk.context, 9999), 0u);
}

// Columns and cache, to the byte.
TEST_F(Rewind, TheStateIsThatOfThen) {
  Talk talk(*this, 16);
  Context straight(model, weights, 960, 1);
  for (uint32_t position :
       {uint32_t(talk.tokens.size()), 330u, 223u, 150u, 65u}) {
    ASSERT_EQ(lfm2rt_rewind_to(talk.context, position, &error), LFM2RT_OK)
        << error.message;
    lfm2rt_reset(straight);
    straight.eval({talk.tokens.begin(), talk.tokens.begin() + position});
    std::vector<char> one(lfm2rt_mark_size(&model)), other(one.size());
    lfm2rt_mark(talk.context, one.data());
    lfm2rt_mark(straight, other.data());
    EXPECT_EQ(one, other) << position;
  }
}

TEST_F(Rewind, ReadsFewerThan64TokensAgain) {
  static int64_t read, largest;
  beforeBarrier = [](const lfm2_step *step) {
    read += step->count;
    largest = std::max<int64_t>(largest, step->count);
  };
  Talk talk(*this, 32);
  EXPECT_LE(largest, 64);
  for (uint32_t position = uint32_t(talk.tokens.size()); position-- > 0;) {
    read = 0;
    ASSERT_EQ(lfm2rt_rewind_to(talk.context, position, &error), LFM2RT_OK)
        << error.message;
    EXPECT_LT(read / 2, 64) << position; // Two barriers a step.
  }
}

TEST_F(Rewind, FewMarksGetRarerWithAge) {
  static int64_t read;
  beforeBarrier = [](const lfm2_step *step) { read += step->count; };
  Context context(model, weights, 960, 1, nullptr, 0, 5);
  context.eval(someTokens(900));
  for (uint32_t back : {1u, 60u, 200u, 500u, 800u}) {
    Context other(model, weights, 960, 1, nullptr, 0, 5);
    other.eval(someTokens(900));
    read = 0;
    ASSERT_EQ(lfm2rt_rewind_to(other, 900 - back, &error), LFM2RT_OK);
    EXPECT_LE(read / 2, 64 + back) << back;
  }
}

TEST_F(Rewind, OnlyBackAndOnlyOverTokens) {
  Context context(model, weights, 960, 1, nullptr, 0, 4);
  context.eval(someTokens(30));
  EXPECT_EQ(lfm2rt_rewind_to(context, 31, &error), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a position of 0 ... 30, as many tokens as were "
                     "read, found 31"));
  const std::vector<float> row(hidden, 5);
  const int32_t tokens[] = {1, 2, -1, 3};
  ASSERT_EQ(lfm2rt_eval_embeddings(context, tokens, 4, row.data(), 1, nullptr,
                                   &error),
            LFM2RT_OK);
  EXPECT_EQ(lfm2rt_rewind_to(context, 33, &error), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(
      failed("to go back to 33 tokens, those from 33 on have to be read "
             "again, and that one was given as a row"));
  EXPECT_EQ(lfm2rt_position(context), 34u);
  EXPECT_EQ(lfm2rt_rewind_to(context, 32, &error), LFM2RT_OK) << error.message;
}

TEST_F(Rewind, AConversationCostsWhatIsNew) {
  static int64_t read;
  beforeBarrier = [](const lfm2_step *step) { read += step->count; };
  Context context(model, weights, 960, 1, nullptr, 0, 16),
      straight(model, weights, 960, 1);
  std::vector<int32_t> tokens = someTokens(200);
  uint32_t kept = 77;
  const auto give = [&] {
    ASSERT_EQ(lfm2rt_read(context, tokens.data(), uint32_t(tokens.size()),
                          &kept, &error),
              LFM2RT_OK)
        << error.message;
    lfm2rt_reset(straight);
    const int64_t before = read;
    const std::vector<float> all = straight.eval(tokens);
    read = before;
    EXPECT_EQ(context.lastLogits(),
              std::vector<float>(all.end() - vocabulary, all.end()));
    EXPECT_EQ(lfm2rt_position(context), tokens.size());
  };
  give();
  EXPECT_EQ(kept, 0u);
  read = 0;
  give(); // Nothing is new.
  EXPECT_EQ(kept, 200u);
  EXPECT_EQ(read, 0);
  // An answer, of which the last token is not read yet, and a question.
  const std::vector<int32_t> answer =
      context.generate({}, 20, LFM2RT_IGNORE_STOP);
  tokens.insert(tokens.end(), answer.begin(), answer.end());
  tokens.insert(tokens.end(), {4, 5, 6});
  read = 0;
  give();
  EXPECT_EQ(kept, 219u);
  EXPECT_EQ(read / 2, 4);
  // What was said last is said otherwise.
  tokens[150] ^= 1;
  give();
  EXPECT_EQ(kept, 150u);
  tokens.resize(120);
  give();
  EXPECT_EQ(kept, 119u);
  EXPECT_EQ(lfm2rt_read(context, tokens.data(), 0, &kept, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a conversation of at least one token"));
  tokens.resize(961);
  EXPECT_EQ(lfm2rt_read(context, tokens.data(), 961, &kept, &error),
            LFM2RT_CONTEXT_FULL);
  EXPECT_EQ(error.needed, 961u);
  EXPECT_TRUE(
      failed("the conversation has 961 tokens, the context has room for "
             "960"));
  tokens[3] = -1;
  EXPECT_EQ(lfm2rt_read(context, tokens.data(), 10, &kept, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_EQ(lfm2rt_position(context), 120u);
}

} // namespace
