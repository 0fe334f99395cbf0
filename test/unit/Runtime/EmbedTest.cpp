// Bidirectional models: texts read whole, many in a step, and their vectors.
#include "test/unit/Runtime/FakeTexts.h"
#include "test/unit/Runtime/Fixture.h"

#include "llvm/Support/xxhash.h"

#include <cmath>
#include <cstddef>
#include <numeric>

using namespace fake;

namespace {

class Embed : public Runtime {
protected:
  Embed() {
    ArchiveOptions options;
    options.embedding = true;
    open(textVectors, options);
  }
  ~Embed() override { brokenToken = -1; }
  void open(const lfm2_program &program, const ArchiveOptions &options) {
    const std::vector<uint8_t> made = makeArchive(options);
    memory = std::make_unique<Memory>(made.size());
    size = made.size();
    std::memcpy(memory->get(), made.data(), size);
    ASSERT_EQ(lfm2rt_model_open(&model, &program, &error), LFM2RT_OK)
        << error.message;
    ASSERT_EQ(reopen(), LFM2RT_OK) << error.message;
  }
  lfm2rt_status reopen() {
    return lfm2rt_weights_open_memory(&weights, &model, memory->get(), size,
                                      &error);
  }
  void open(const lfm2_program &program) {
    ArchiveOptions options;
    options.embedding = true;
    open(program, options);
  }

  using Text = std::vector<int32_t>;
  lfm2rt_status embed(lfm2rt_context *context, const std::vector<Text> &all,
                      uint32_t flags = 0) {
    texts.clear();
    for (const Text &text : all)
      texts.push_back({text.data(), uint32_t(text.size()), 99});
    vectors.assign(
        lfm2rt_embed_size(context, texts.data(), uint32_t(texts.size())) /
            sizeof(float),
        -7);
    return lfm2rt_embed(context, texts.data(), uint32_t(texts.size()), flags,
                        vectors.data(), &error);
  }
  static void normalize(std::vector<float> &row) {
    double sum = 0;
    for (float x : row)
      sum += double(x) * x;
    for (float &x : row)
      x = float(x / std::sqrt(sum));
  }
  static std::vector<float> vectorOf(const Text &text,
                                     int32_t token = wholeText) {
    std::vector<float> row(vectorChannels);
    expectedVector(text.data(), uint32_t(text.size()), token, row.data());
    return row;
  }
  void expectRow(size_t at, const std::vector<float> &expected,
                 const std::string &what) const {
    ASSERT_LE((at + 1) * vectorChannels, vectors.size());
    for (uint32_t c = 0; c < vectorChannels; ++c)
      EXPECT_NEAR(vectors[at * vectorChannels + c], expected[c], 1e-7) << what;
  }

  std::unique_ptr<Memory> memory;
  uint64_t size = 0;
  std::vector<lfm2rt_ids> texts;
  std::vector<float> vectors;
};

TEST_F(Embed, ManyTextsInTheirOrder) {
  std::vector<Text> all;
  for (uint32_t i = 0; i < 50; ++i)
    all.push_back(someTokens(1 + i * 7 % 24, i + 1));
  for (uint32_t threads : {1u, 3u})
    for (uint32_t tokens : {32u, 24u}) {
      Context context(model, weights, tokens, threads);
      for (uint32_t flags : {0u, uint32_t(LFM2RT_NOT_NORMALIZED)}) {
        ASSERT_EQ(embed(context, all, flags), LFM2RT_OK) << error.message;
        ASSERT_EQ(vectors.size(), all.size() * vectorChannels);
        for (size_t i = 0; i < all.size(); ++i) {
          std::vector<float> expected = vectorOf(all[i]);
          if (!flags)
            normalize(expected);
          expectRow(i, expected, std::to_string(i));
          EXPECT_EQ(texts[i].rows, 1u);
        }
      }
    }
}

TEST_F(Embed, AsManyTextsInAStepAsFit) {
  static int steps, runs;
  steps = runs = 0;
  beforeBarrier = [](const lfm2_step *step) {
    if (step->num_runs == runs)
      return; // The second barrier of a step.
    runs = step->num_runs;
    ++steps;
  };
  Context context(model, weights, 32, 1);
  // Of 8 tokens four fit; each has a state of 16.
  ASSERT_EQ(embed(context, std::vector<Text>(4, someTokens(8))), LFM2RT_OK);
  EXPECT_EQ(steps, 1);
  EXPECT_EQ(runs, 4);
  // Shorter ones are bound by their states: 64 tokens in all.
  steps = runs = 0;
  ASSERT_EQ(embed(context, std::vector<Text>(5, someTokens(1))), LFM2RT_OK);
  EXPECT_EQ(steps, 2);
}

TEST_F(Embed, AVectorForEachTokenWithoutPunctuation) {
  open(tokenVectors);
  EXPECT_EQ(lfm2rt_model_gives(&model),
            uint32_t(LFM2RT_GIVES_TOKEN_VECTORS | LFM2RT_GIVES_HIDDEN |
                     LFM2RT_IS_BIDIRECTIONAL));
  Context context(model, weights, 32, 2);
  std::vector<Text> all;
  for (uint32_t i = 0; i < 20; ++i) {
    all.push_back(someTokens(3 + i, i + 1));
    all.back()[i % 3] = skippedToken;
  }
  all.push_back({skippedToken, '.'});
  for (uint32_t flags : {0u, uint32_t(LFM2RT_IS_QUERY)}) {
    ASSERT_EQ(embed(context, all, flags), LFM2RT_OK) << error.message;
    size_t at = 0;
    for (size_t i = 0; i < all.size(); ++i) {
      const size_t before = at;
      for (size_t t = 0; t < all[i].size(); ++t) {
        if (!flags && (all[i][t] == skippedToken || all[i][t] == '.'))
          continue;
        std::vector<float> expected = vectorOf(all[i], int32_t(t));
        normalize(expected);
        expectRow(at++, expected, std::to_string(i));
      }
      EXPECT_EQ(texts[i].rows, at - before);
    }
    EXPECT_EQ(at * vectorChannels == vectors.size(), flags != 0);
  }
}

TEST_F(Embed, WhatIsTooLongIsRefusedOrCut) {
  Context context(model, weights, 32, 1);
  EXPECT_EQ(lfm2rt_embed_limit(context), mostTextTokens);
  const Text longer = someTokens(25);
  EXPECT_EQ(embed(context, {someTokens(3), longer}), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("text 2 has 25 tokens, of which at most 24 are read as "
                     "one; shorten it, or ask for it to be cut"));
  EXPECT_EQ(error.needed, 25u);
  ASSERT_EQ(embed(context, {someTokens(3), longer}, LFM2RT_TRUNCATE),
            LFM2RT_OK);
  std::vector<float> expected = vectorOf({longer.begin(), longer.end() - 1});
  normalize(expected);
  expectRow(1, expected, "cut");
  // A context for fewer tokens at once.
  Context small(model, weights, 10, 1);
  EXPECT_EQ(lfm2rt_embed_limit(small), 16u);
}

// What stands behind a text stands behind what is left of it.
TEST_F(Embed, TheEndStaysWhenATextIsCut) {
  ArchiveOptions options;
  options.embedding = options.end = true;
  for (const lfm2_program *program : {&textVectors, &tokenVectors}) {
    open(*program, options);
    Context context(model, weights, 32, 1);
    Text longer(40); // Without punctuation.
    std::iota(longer.begin(), longer.end(), 'A');
    Text cut = {longer.begin(), longer.begin() + 24};
    longer.back() = cut.back() = endToken;
    longer[23] = skippedToken; // In whose place the end comes.
    const Text other = someTokens(30);
    ASSERT_EQ(embed(context, {longer, other}, LFM2RT_TRUNCATE), LFM2RT_OK)
        << error.message;
    const bool perToken = program == &tokenVectors;
    EXPECT_EQ(texts[0].rows, perToken ? 24u : 1u);
    std::vector<float> expected = vectorOf(cut, perToken ? 23 : wholeText);
    normalize(expected);
    expectRow(texts[0].rows - 1, expected, "with its end");
    if (perToken)
      continue;
    expected = vectorOf({other.begin(), other.begin() + 24});
    normalize(expected);
    expectRow(1, expected, "without one");
  }
}

TEST_F(Embed, TextsThatWillNotDo) {
  Context context(model, weights, 32, 1);
  EXPECT_EQ(embed(context, {{1}, {}}), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(
      failed("text 2 has no tokens; expected one or more, leave it out"));
  for (int32_t bad : {-1, int32_t(vocabulary)}) {
    EXPECT_EQ(embed(context, {{1}, {1, bad}}), LFM2RT_INVALID_ARGUMENT);
    EXPECT_TRUE(failed("at place 2 of text 2 is out of range: expected ids of "
                       "0 ... 299"));
  }
}

TEST_F(Embed, VectorsThatAreNoNumbers) {
  open(tokenVectors);
  Context context(model, weights, 32, 1);
  brokenToken = 5;
  EXPECT_EQ(embed(context, {{1, 2}, {1, 5, 3}}), LFM2RT_NOT_FINITE);
  EXPECT_TRUE(failed("expected vectors that are finite numbers, found NaN or "
                     "infinity; get the model again and compile it anew"));
}

lfm2rt_context *toCancel = nullptr;
int32_t stepsBefore = 0;

TEST_F(Embed, Cancelled) {
  const std::vector<Text> all(9, someTokens(16)); // Two in a step.
  for (uint32_t threads : {1u, 2u}) {
    Context context(model, weights, 32, threads);
    toCancel = context;
    stepsBefore = 4; // Barriers, of which a step has two.
    beforeBarrier = [](const lfm2_step *) {
      if (stepsBefore-- == 0)
        lfm2rt_cancel(toCancel);
    };
    EXPECT_EQ(embed(context, all), LFM2RT_CANCELLED);
    EXPECT_TRUE(
        failed("cancelled; the vectors of the first 4 of 9 texts are whole"));
    for (size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(texts[i].rows, i < 4) << i;
    beforeBarrier = nullptr;
    EXPECT_EQ(embed(context, all), LFM2RT_OK);
    lfm2rt_cancel(context);
    EXPECT_EQ(embed(context, all), LFM2RT_CANCELLED);
    EXPECT_EQ(embed(context, all), LFM2RT_OK);
  }
}

TEST_F(Embed, ModelsWithoutVectors) {
  open(masked);
  EXPECT_EQ(lfm2rt_model_vector(&model), 0u);
  Context none(model, weights, 32, 1);
  EXPECT_EQ(embed(none, {{1}}), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("found one whose checkpoint defines no pooling; "
                     "lfm2rt_hidden() gives its hidden states"));
  open(program, {});
  Context causal(model, weights, 32, 1);
  EXPECT_EQ(embed(causal, {{1}}), LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a bidirectional model, which gives vectors of "
                     "texts, found a causal one; lfm2rt_hidden() gives its "
                     "last hidden state"));
}

TEST_F(Embed, LogitsAndHiddenStatesOfATextAsAWhole) {
  open(masked);
  const Text text = someTokens(20);
  Context context(model, weights, 32, 2);
  std::vector<float> rows(20 * hidden);
  ASSERT_EQ(lfm2rt_keep_hidden(context, rows.data(), 20, &error), LFM2RT_OK);
  const std::vector<float> logits = context.eval(text);
  EXPECT_EQ(context.lastLogits(),
            std::vector<float>(logits.end() - vocabulary, logits.end()));
  uint32_t count = 0;
  EXPECT_EQ(lfm2rt_hidden(context, &count), rows.data());
  EXPECT_EQ(count, 20u);
  for (int32_t i = 0; i < 20; ++i) {
    float expected[hidden];
    expectedHidden(text.data(), 20, i, expected);
    EXPECT_EQ(std::memcmp(rows.data() + size_t(i) * hidden, expected,
                          sizeof expected),
              0)
        << i;
  }
  // The next text is another one.
  EXPECT_EQ(lfm2rt_eval(context, text.data(), 20, nullptr, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("a bidirectional model reads a text as a whole, and the "
                     "context holds one of 20 tokens; call lfm2rt_reset() "
                     "before the next"));
  lfm2rt_reset(context);
  EXPECT_EQ(context.eval(text), logits);
  lfm2rt_reset(context);
  const Text longer = someTokens(33);
  EXPECT_EQ(lfm2rt_eval(context, longer.data(), 33, nullptr, &error),
            LFM2RT_CONTEXT_FULL);
  EXPECT_TRUE(failed("the text has 33 tokens, of which at most 32 are read as "
                     "one; shorten it or use a larger context (this program: "
                     "up to 32)"));
}

TEST_F(Embed, NothingIsGeneratedOrSampled) {
  Context context(model, weights, 32, 1);
  const int32_t token = 1;
  auto none = [](int32_t, void *) { return 0; };
  EXPECT_EQ(
      lfm2rt_generate_tokens(context, &token, 1, 1, 0, none, nullptr, &error),
      LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a causal model, which continues a text, found a "
                     "bidirectional one, which reads it whole; ask "
                     "lfm2rt_eval() for logits or lfm2rt_embed() for vectors"));
  context.eval({1, 2});
  EXPECT_NE(lfm2rt_logits(context), nullptr);
  EXPECT_EQ(lfm2rt_sample(context), -1);
  open(tokenVectors);
  Context other(model, weights, 32, 1);
  float logits = 0;
  EXPECT_EQ(lfm2rt_eval(other, &token, 1, &logits, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a model that gives logits, found one without a "
                     "head; lfm2rt_hidden() gives its hidden states"));
}

TEST_F(Embed, PromptsByName) {
  auto tokens = [&](const char *prompt, const std::string &text) {
    std::vector<uint64_t> work(
        lfm2rt_embed_work_size(&weights, text.size()) / 8 + 1);
    std::vector<int32_t> ids(lfm2rt_embed_most_tokens(&weights, text.size()));
    uint64_t count = 0;
    EXPECT_EQ(lfm2rt_embed_tokens(&weights, prompt, text.data(), text.size(),
                                  ids.data(), ids.size(), &count, work.data(),
                                  work.size() * 8, &error),
              LFM2RT_OK)
        << error.message;
    ids.resize(count);
    return ids;
  };
  EXPECT_EQ(tokens("query", "ab"),
            std::vector<int32_t>({256, 'q', ':', ' ', 'a', 'b'}));
  EXPECT_EQ(tokens("document", "ab"), std::vector<int32_t>({256, 'a', 'b'}));
  EXPECT_EQ(tokens("", "ab"), tokens("document", "ab"));
  EXPECT_EQ(tokens(nullptr, ""), std::vector<int32_t>({256}));
  EXPECT_EQ(tokens(nullptr, "<|im_end|>"), std::vector<int32_t>({256, 258}));

  uint64_t count = 0;
  EXPECT_EQ(lfm2rt_embed_tokens(&weights, "passage", "a", 1, nullptr, 0, &count,
                                nullptr, 0, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(failed("expected a prompt of the model: 'query', 'document'; "
                     "found 'passage'"));
  EXPECT_EQ(lfm2rt_embed_tokens(&weights, nullptr, "a", 1, nullptr, 0, &count,
                                nullptr, 0, &error),
            LFM2RT_NO_MEMORY);
  size_t length = 0;
  EXPECT_EQ(std::string(lfm2rt_prompt_name(&weights, 1, &length), 8),
            "document");
  EXPECT_EQ(length, 8u);
  EXPECT_EQ(lfm2rt_prompt_name(&weights, 2, &length), nullptr);
  open(textVectors, {});
  EXPECT_EQ(lfm2rt_embed_tokens(&weights, "query", "a", 1, nullptr, 0, &count,
                                nullptr, 0, &error),
            LFM2RT_INVALID_ARGUMENT);
  EXPECT_TRUE(
      failed("expected a prompt of the model, which has none; found 'query'"));
}

// Whoever changes the section can make its hash anew.
TEST_F(Embed, NumbersOfTheSectionStayWithinIt) {
  auto &footer = *reinterpret_cast<lfm2_footer *>(
      static_cast<uint8_t *>(memory->get()) + size - sizeof(lfm2_footer));
  auto *words = const_cast<uint32_t *>(reinterpret_cast<const uint32_t *>(
      weights.section[LFM2_SECTION_EMBEDDING]));
  auto *hashes = const_cast<uint64_t *>(
      reinterpret_cast<const uint64_t *>(weights.section[LFM2_SECTION_HASHES]));
  auto reseal = [&] {
    auto hash = [](const void *data, uint64_t bytes) {
      return llvm::xxHash64(llvm::ArrayRef(static_cast<const uint8_t *>(data),
                                           size_t((bytes + 63) / 64 * 64)));
    };
    const uint64_t count = footer.section_bytes[LFM2_SECTION_HASHES] / 8;
    hashes[count - 1] =
        hash(words, footer.section_bytes[LFM2_SECTION_EMBEDDING]);
    footer.hashes_hash = hash(hashes, count * 8);
    seal(footer);
  };
  reseal();
  ASSERT_EQ(reopen(), LFM2RT_OK) << error.message;
  const uint64_t all = footer.section_bytes[LFM2_SECTION_EMBEDDING] / 4;
  int refused = 0;
  for (uint64_t i = 0; i < all; ++i)
    for (uint32_t value : {0u, 1u, 3u, 1000u, 0x7fffffffu, 0xffffffffu}) {
      const uint32_t good = words[i];
      words[i] = value;
      reseal();
      if (reopen() == LFM2RT_OK) {
        size_t length = 0;
        for (uint32_t p = 0; lfm2rt_prompt_name(&weights, p, &length); ++p)
          EXPECT_LE(length, 64u);
      } else {
        ++refused;
        EXPECT_TRUE(failed("prompts in 'memory': expected tables that fill "
                           "their section, found others; the file is damaged: "
                           "copy it again"));
      }
      words[i] = good;
    }
  EXPECT_GT(refused, 10);
}

} // namespace
