// Several contexts in one step.
#include "test/unit/Runtime/Fixture.h"

using namespace fake;

namespace {

class Turns : public Runtime {
protected:
  /// A conversation: what it has read, and what it would be alone.
  struct Talk {
    Talk(Turns &test, uint32_t capacity = 96)
        : shared(test.model, test.weights, capacity, 1),
          alone(test.model, test.weights, 96, 1) {}
    Context shared, alone;
    std::vector<int32_t> left; ///< To be read.
  };

  lfm2rt_status evalTurns(lfm2rt_context *by, const std::vector<Talk *> &talks,
                          uint32_t most = 0) {
    turns.clear();
    for (Talk *talk : talks)
      turns.push_back({talk->shared, talk->left.data(),
                       uint32_t(talk->left.size()), /*read=*/99});
    const lfm2rt_status status = lfm2rt_eval_turns(
        by, turns.data(), uint32_t(turns.size()), most, &error);
    for (size_t i = 0; i < talks.size(); ++i) {
      std::vector<int32_t> &left = talks[i]->left;
      if (status != LFM2RT_OK)
        continue;
      lfm2rt_eval(talks[i]->alone, left.data(), turns[i].read, nullptr, &error);
      left.erase(left.begin(), left.begin() + turns[i].read);
      EXPECT_EQ(lfm2rt_position(talks[i]->shared),
                lfm2rt_position(talks[i]->alone));
      // Each has the logits that it has alone, and none before its end.
      if (turns[i].read > 0)
        EXPECT_EQ(talks[i]->shared.lastLogits(),
                  left.empty() ? talks[i]->alone.lastLogits()
                               : std::vector<float>());
    }
    return status;
  }
  std::vector<uint32_t> read() const {
    std::vector<uint32_t> counts;
    for (const lfm2rt_turn &turn : turns)
      counts.push_back(turn.read);
    return counts;
  }

  std::vector<lfm2rt_turn> turns;
};

TEST_F(Turns, EachHasTheLogitsThatItHasAlone) {
  Context by(model, weights, 16, 3, nullptr, /*turns=*/8);
  Talk a(*this), b(*this, 64), c(*this);
  a.left = someTokens(5, 1);
  b.left = someTokens(3, 2);
  c.left = someTokens(1, 3);
  ASSERT_EQ(evalTurns(by, {&a, &b, &c}), LFM2RT_OK) << error.message;
  EXPECT_EQ(read(), (std::vector<uint32_t>{5, 3, 1}));
  // Later steps are of other positions, of some of them, in another order.
  for (uint32_t i = 0; i < 4; ++i) {
    a.left = someTokens(1, 10 + i);
    b.left = someTokens(1 + i % 2, 20 + i);
    ASSERT_EQ(evalTurns(by, {&b, &a}), LFM2RT_OK) << error.message;
  }
  c.left = someTokens(7, 5);
  ASSERT_EQ(evalTurns(by, {&c}), LFM2RT_OK) << error.message;
  EXPECT_EQ(lfm2rt_position(by), 0u);
  // Alone again, each goes on as if it had never been with others.
  EXPECT_EQ(a.shared.generate({}, 6), a.alone.generate({}, 6));
}

TEST_F(Turns, OneTokenAloneIsAStepOfOneToken) {
  static const lfm2_run *runs;
  inStep = [](const lfm2_step *step, int32_t) { runs = step->runs; };
  Context by(model, weights, 16, 1, nullptr, 1);
  Talk a(*this, 64);
  for (uint32_t i = 0; i < 3; ++i) {
    a.left = {5};
    ASSERT_EQ(evalTurns(by, {&a}), LFM2RT_OK) << error.message;
    EXPECT_EQ(runs, nullptr);
  }
  a.left = {5, 6};
  ASSERT_EQ(evalTurns(by, {&a}), LFM2RT_OK) << error.message;
  a.left = {7};
  ASSERT_EQ(evalTurns(by, {&a}, /*most=*/1), LFM2RT_OK) << error.message;
}

TEST_F(Turns, AnswersGoOnWhileAPromptIsRead) {
  Context by(model, weights, 16, 2, nullptr, 4);
  Talk prompt(*this), second(*this), answer(*this), other(*this);
  prompt.left = someTokens(12, 1);
  second.left = someTokens(4, 4);
  answer.left = someTokens(1, 2);
  other.left = someTokens(1, 3);
  ASSERT_EQ(evalTurns(by, {&prompt, &answer, &second, &other}, /*most=*/10),
            LFM2RT_OK);
  EXPECT_EQ(read(), (std::vector<uint32_t>{8, 1, 0, 1}));
  answer.left = someTokens(1, 5);
  ASSERT_EQ(evalTurns(by, {&prompt, &answer, &second}, /*most=*/7), LFM2RT_OK);
  EXPECT_EQ(read(), (std::vector<uint32_t>{4, 1, 2}));
  ASSERT_EQ(evalTurns(by, {&second}), LFM2RT_OK);
  // Without a limit, as many as the program reads at once.
  prompt.left = someTokens(chunk + 5, 6);
  answer.left = someTokens(1, 7);
  ASSERT_EQ(evalTurns(by, {&prompt, &answer}), LFM2RT_OK);
  EXPECT_EQ(read(), (std::vector<uint32_t>{uint32_t(chunk) - 1, 1}));
}

TEST_F(Turns, ATokenThatAGenerationLeftComesFirst) {
  Context by(model, weights, 16, 1, nullptr, 2);
  Talk a(*this), b(*this);
  for (Context *context : {&a.shared, &a.alone})
    context->generate(someTokens(4), 2);
  b.left = someTokens(2);
  ASSERT_EQ(evalTurns(by, {&a, &b}), LFM2RT_OK) << error.message;
  EXPECT_EQ(read(), (std::vector<uint32_t>{0, 2}));
  for (Context *context : {&a.shared, &a.alone})
    context->generate({}, 2);
  a.left = someTokens(3);
  ASSERT_EQ(evalTurns(by, {&a}), LFM2RT_OK) << error.message;
  EXPECT_EQ(read(), std::vector<uint32_t>{3});
}

TEST_F(Turns, OneThatReadsMayBeOfThem) {
  Context by(model, weights, 64, 2, nullptr, 2), alone(model, weights, 64, 1);
  Talk a(*this);
  a.left = someTokens(3);
  const std::vector<int32_t> own = someTokens(5, 9);
  std::vector<lfm2rt_turn> both = {
      {by, own.data(), 5, 0},
      {a.shared, a.left.data(), uint32_t(a.left.size()), 0}};
  ASSERT_EQ(lfm2rt_eval_turns(by, both.data(), 2, 0, &error), LFM2RT_OK);
  alone.eval(own);
  EXPECT_EQ(by.lastLogits(), alone.lastLogits());
  a.alone.eval(a.left);
  EXPECT_EQ(a.shared.lastLogits(), a.alone.lastLogits());
}

TEST_F(Turns, CancelledLeavesAllAsTheyWere) {
  Context by(model, weights, 16, 2, nullptr, 2);
  Talk a(*this), b(*this);
  a.left = someTokens(2, 1);
  b.left = someTokens(3, 2);
  ASSERT_EQ(evalTurns(by, {&a, &b}), LFM2RT_OK);
  a.left = someTokens(4, 3);
  b.left = someTokens(1, 4);
  static lfm2rt_context *reader;
  reader = by;
  beforeBarrier = [](const lfm2_step *) { lfm2rt_cancel(reader); };
  EXPECT_EQ(evalTurns(by, {&a, &b}), LFM2RT_CANCELLED);
  EXPECT_TRUE(failed("cancelled; nothing was read of the 2 turns"));
  EXPECT_EQ(read(), (std::vector<uint32_t>{0, 0}));
  beforeBarrier = nullptr;
  EXPECT_EQ(lfm2rt_position(a.shared), 2u);
  ASSERT_EQ(evalTurns(by, {&a, &b}), LFM2RT_OK) << error.message;
  // Said between two calls, it ends the next.
  lfm2rt_cancel(by);
  a.left = someTokens(1);
  EXPECT_EQ(evalTurns(by, {&a}), LFM2RT_CANCELLED);
  EXPECT_EQ(evalTurns(by, {&a}), LFM2RT_OK);
}

TEST_F(Turns, WhatCannotBeReadIsRefused) {
  Context by(model, weights, 16, 1, nullptr, 2), none(model, weights, 16, 1);
  Talk a(*this), b(*this), c(*this);
  const auto expectRefused = [&](lfm2rt_context *reader,
                                 const std::vector<Talk *> &talks,
                                 const char *why) {
    EXPECT_EQ(evalTurns(reader, talks), LFM2RT_INVALID_ARGUMENT) << why;
    EXPECT_TRUE(failed(why));
    EXPECT_EQ(lfm2rt_position(a.shared), 0u);
  };
  a.left = b.left = c.left = someTokens(2);
  expectRefused(none, {&a}, "expected at most 0 turns");
  expectRefused(by, {&a, &b, &c},
                "expected at most 2 turns, as the context "
                "that reads has room for, found 3");
  expectRefused(by, {&a, &a}, "turns 1 and 2 are of one context");
  b.left.clear();
  expectRefused(by, {&a, &b}, "turn 2 has no tokens");
  b.left = {vocabulary};
  expectRefused(by, {&a, &b}, "is out of range");
  std::vector<float> rows(hidden);
  lfm2rt_keep_hidden(b.shared, rows.data(), 1, &error);
  b.left = someTokens(1);
  expectRefused(by, {&a, &b},
                "turn 2 is of a context that keeps hidden states");
  lfm2rt_weights others = weights;
  Context foreign(model, others, 32, 1);
  lfm2rt_turn turn = {foreign, a.left.data(), 1, 0};
  EXPECT_EQ(lfm2rt_eval_turns(by, &turn, 1, 0, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("turn 1 is of a context of other weights"));
  c.left = someTokens(97);
  EXPECT_EQ(evalTurns(by, {&a, &c}), LFM2RT_CONTEXT_FULL);
  lfm2rt_context_options options = {};
  options.tokens = options.threads = 1;
  options.turns = LFM2RT_MOST_TURNS + 1;
  EXPECT_EQ(lfm2rt_context_size(&model, &options), 0u);
}

TEST_F(Turns, AProfileCountsThePositionsOfEach) {
  Context by(model, weights, 16, 1, nullptr, 2);
  Memory memory(lfm2rt_profile_size(by));
  ASSERT_EQ(lfm2rt_profile_start(by, memory.get(), memory.bytes, &error),
            LFM2RT_OK);
  Talk a(*this), b(*this);
  a.left = someTokens(3);
  b.left = someTokens(1);
  ASSERT_EQ(evalTurns(by, {&a, &b}), LFM2RT_OK);
  lfm2rt_profile_row rows[3];
  ASSERT_EQ(lfm2rt_profile_rows(by, rows, 3), 3u);
  EXPECT_STREQ(rows[1].phase, "attend");
  // Four tokens choose up to 8 experts; 3 + 1 positions are read.
  EXPECT_EQ(rows[1].bytes, 8 * 100u + 16 * 4u);
  EXPECT_EQ(rows[1].macs, 2 * (1 + 2 + 3 + 1u));
  EXPECT_EQ(rows[2].macs, 2 * 300u);
}

} // namespace
