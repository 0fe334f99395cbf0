// Hidden states out, and rows in place of tokens.
#include "test/unit/Runtime/Fixture.h"

using namespace fake;

namespace {

class Hidden : public Runtime {
protected:
  /// Rows that stand for these tokens.
  static std::vector<float> rowsOf(const std::vector<int32_t> &tokens) {
    std::vector<float> rows(tokens.size() * hidden);
    for (size_t i = 0; i < tokens.size(); ++i)
      rows[i * hidden] = float(tokens[i]);
    return rows;
  }
  lfm2rt_status keep(lfm2rt_context *context, std::vector<float> &to) {
    return lfm2rt_keep_hidden(context, to.data(), uint32_t(to.size() / hidden),
                              &error);
  }
  static std::vector<float> kept(lfm2rt_context *context) {
    uint32_t count = 0;
    const float *rows = lfm2rt_hidden(context, &count);
    return rows ? std::vector<float>(rows, rows + count * hidden)
                : std::vector<float>();
  }
};

TEST_F(Hidden, OfAllTokensInAnyPiecesByAnyThreads) {
  const std::vector<int32_t> tokens = someTokens(41);
  std::vector<float> memory(41 * hidden), whole;
  for (uint32_t threads : {1u, 3u})
    for (uint32_t piece : {41u, 5u, 1u}) {
      Context context(model, weights, 64, threads);
      ASSERT_EQ(keep(context, memory), LFM2RT_OK) << error.message;
      EXPECT_TRUE(kept(context).empty());
      std::vector<float> all;
      for (uint32_t at = 0; at < 41; at += piece) {
        ASSERT_EQ(lfm2rt_eval(context, tokens.data() + at,
                              std::min(piece, 41 - at), nullptr, &error),
                  LFM2RT_OK);
        const std::vector<float> some = kept(context);
        all.insert(all.end(), some.begin(), some.end());
      }
      ASSERT_EQ(all.size(), tokens.size() * hidden);
      if (whole.empty())
        whole = all;
      EXPECT_EQ(all, whole) << threads << " " << piece;
    }
}

TEST_F(Hidden, DoNotChangeLogitsAndEndWhenNobodyAsks) {
  const std::vector<int32_t> tokens = someTokens(20);
  Context context(model, weights, 64, 2);
  std::vector<float> memory(20 * hidden);
  ASSERT_EQ(keep(context, memory), LFM2RT_OK);
  EXPECT_EQ(context.eval(tokens), Context(model, weights, 64, 1).eval(tokens));
  EXPECT_EQ(kept(context).size(), memory.size());
  lfm2rt_reset(context);
  EXPECT_TRUE(kept(context).empty());
  ASSERT_EQ(lfm2rt_keep_hidden(context, nullptr, 0, &error), LFM2RT_OK);
  std::fill(memory.begin(), memory.end(), -3.0f);
  context.eval(tokens);
  EXPECT_TRUE(kept(context).empty());
  EXPECT_EQ(memory, std::vector<float>(memory.size(), -3.0f));
}

TEST_F(Hidden, NeedRoomForAllThatIsReadAtOnce) {
  Context context(model, weights, 64, 1);
  std::vector<float> memory(4 * hidden);
  ASSERT_EQ(keep(context, memory), LFM2RT_OK);
  const std::vector<int32_t> tokens = someTokens(5);
  EXPECT_EQ(lfm2rt_eval(context, tokens.data(), 5, nullptr, &error),
            LFM2RT_NO_MEMORY);
  EXPECT_TRUE(failed("expected room for the hidden states of 5 tokens, found "
                     "room for 4; give lfm2rt_keep_hidden() more, or read "
                     "fewer tokens at once"));
  EXPECT_EQ(error.needed, 5 * hidden * sizeof(float));
  EXPECT_EQ(lfm2rt_position(context), 0u);
}

TEST_F(Hidden, OfAGenerationTheLastTokens) {
  Context context(model, weights, 64, 1);
  std::vector<float> memory(8 * hidden);
  ASSERT_EQ(keep(context, memory), LFM2RT_OK);
  context.generate({1, 2, 3}, 1);
  EXPECT_EQ(kept(context).size(), 3 * hidden);
  context.generate({}, 3); // The first is the one that was pending.
  EXPECT_EQ(kept(context).size(), hidden);
  // With all logits, the pending one's come first.
  context.eval({4, 5});
  EXPECT_EQ(kept(context).size(), 3 * hidden);
}

TEST_F(Hidden, AProgramThatGivesNone) {
  lfm2_program other = program;
  other.outputs = LFM2_OUTPUT_LOGITS;
  ASSERT_EQ(lfm2rt_model_open(&model, &other, &error), LFM2RT_OK);
  EXPECT_EQ(lfm2rt_model_gives(&model), uint32_t(LFM2RT_GIVES_LOGITS));
  Context context(model, weights, 64, 1);
  std::vector<float> memory(hidden);
  EXPECT_EQ(keep(context, memory), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a program that gives hidden states, found one "
                     "that does not; compile the model again"));
}

TEST_F(Hidden, RowsOfTheEmbeddingAreAsGoodAsIds) {
  const std::vector<int32_t> tokens = someTokens(41);
  const std::vector<float> rows = rowsOf(tokens);
  const std::vector<float> expected =
      Context(model, weights, 64, 1).eval(tokens);
  for (int all : {0, 1}) {
    std::vector<int32_t> ids = tokens;
    for (size_t i = 0; i < ids.size(); ++i)
      if (all || i % 3 == 1)
        ids[i] = -1 - int32_t(i);
    Context context(model, weights, 64, 2);
    std::vector<float> logits(expected.size());
    ASSERT_EQ(lfm2rt_eval_embeddings(context, ids.data(), 41, rows.data(), 41,
                                     logits.data(), &error),
              LFM2RT_OK)
        << error.message;
    EXPECT_EQ(logits, expected);
    // What was read so goes by a name below 0, which depends on the row.
    for (size_t i = 0; i < ids.size(); ++i)
      EXPECT_EQ(lfm2rt_tokens(context)[i] < 0, ids[i] < 0);
    // And is no token that a penalty could be for.
    lfm2rt_sampling penalty = {};
    penalty.temperature = penalty.top_p = 1;
    penalty.repeat_penalty = 1.5f;
    penalty.top_k = 5;
    penalty.repeat_window = 64;
    lfm2rt_set_sampling(context, &penalty);
    EXPECT_GE(lfm2rt_sample(context), 0);
  }
}

TEST_F(Hidden, RowsAreTokensOfMarksAndSavedStates) {
  const std::vector<float> rows = rowsOf({5, 6});
  const int32_t ids[] = {3, -1, -2};
  Context context(model, weights, 64, 1), other(model, weights, 64, 1);
  ASSERT_EQ(
      lfm2rt_eval_embeddings(context, ids, 3, rows.data(), 2, nullptr, &error),
      LFM2RT_OK);
  std::vector<char> mark(lfm2rt_mark_size(&model)),
      saved(lfm2rt_save_size(context));
  lfm2rt_mark(context, mark.data());
  lfm2rt_save(context, saved.data());
  EXPECT_EQ(lfm2rt_restore(other, saved.data(), saved.size(), &error),
            LFM2RT_OK)
      << error.message;
  EXPECT_EQ(lfm2rt_rewind(other, mark.data(), &error), LFM2RT_OK);
  // The same places with other rows are another text.
  lfm2rt_reset(other);
  const int32_t swapped[] = {3, -2, -1};
  ASSERT_EQ(lfm2rt_eval_embeddings(other, swapped, 3, rows.data(), 2, nullptr,
                                   &error),
            LFM2RT_OK);
  EXPECT_EQ(lfm2rt_rewind(other, mark.data(), &error), LFM2RT_INVALID_ARGUMENT);
}

TEST_F(Hidden, RowsOutOfRange) {
  Context context(model, weights, 64, 1);
  const std::vector<float> rows = rowsOf({5, 6});
  for (int32_t bad : {-3, INT32_MIN, int32_t(vocabulary)}) {
    const int32_t ids[] = {3, -2, bad};
    EXPECT_EQ(lfm2rt_eval_embeddings(context, ids, 3, rows.data(), 2, nullptr,
                                     &error),
              LFM2RT_INVALID_ARGUMENT);
    EXPECT_TRUE(failed("at place 3 is out of range: expected ids of 0 ... 299, "
                       "or of -1 ... -2 for rows of embeddings"));
  }
  EXPECT_EQ(lfm2rt_position(context), 0u);
}

} // namespace
