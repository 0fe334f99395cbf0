// Drawing a token: mathematics, random numbers, filters, penalties.
#include "runtime/sampler/Sampler.h"
#include "runtime/sampler/Filters.h"
#include "runtime/sampler/Math.h"
#include "test/unit/Runtime/SamplingCases.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <vector>

using namespace lfm2rt;

namespace {

std::vector<float> randomLogits(size_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, 3);
  std::vector<float> logits(count);
  for (float &logit : logits)
    logit = normal(generator);
  return logits;
}

lfm2rt_sampling settings(float temperature, float topP, float minP,
                         float penalty, int32_t topK, int32_t window,
                         uint32_t seed) {
  lfm2rt_sampling values = {};
  values.temperature = temperature;
  values.top_p = topP;
  values.min_p = minP;
  values.repeat_penalty = penalty;
  values.top_k = topK;
  values.repeat_window = window;
  values.seed = seed;
  return values;
}

struct List {
  std::vector<Candidate> memory;
  Candidates candidates;
  explicit List(const std::vector<float> &logits)
      : memory(logits.size()),
        candidates(memory.data(), uint32_t(memory.size()),
                   uint32_t(memory.size()),
                   *std::max_element(logits.begin(), logits.end())) {
    for (size_t i = 0; i < logits.size(); ++i)
      memory[i] = {logits[i], int32_t(i)};
  }
  std::vector<int32_t> ids() {
    std::vector<int32_t> ids;
    for (uint32_t i = 0; i < candidates.size(); ++i)
      ids.push_back(candidates[i].id);
    return ids;
  }
};

std::vector<int32_t> sortedIds(const std::vector<float> &logits) {
  std::vector<int32_t> ids(logits.size());
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = int32_t(i);
  std::sort(ids.begin(), ids.end(), [&](int32_t a, int32_t b) {
    const float x = logits[size_t(a)], y = logits[size_t(b)];
    return x > y || (x == y && a < b);
  });
  return ids;
}

int32_t sampleOnce(Sampler &sampler, const std::vector<float> &logits,
                   const std::vector<int32_t> &tokens = {},
                   const uint32_t *allowed = nullptr) {
  std::vector<Candidate> candidates(logits.size());
  std::vector<uint32_t> marks(logits.size() / 32 + 1);
  const int32_t id = sampler.sample(logits.data(), uint32_t(logits.size()),
                                    tokens.data(), uint32_t(tokens.size()),
                                    allowed, {candidates.data(), marks.data()});
  for (uint32_t word : marks)
    EXPECT_EQ(word, 0u) << "marks are left clean";
  return id;
}

TEST(Math, Exponential) {
  for (double x = 0; x > -690; x -= 0.37)
    EXPECT_NEAR(exponential(x) / std::exp(x), 1, 1e-10) << x;
  for (double x = 0; x < 690; x += 0.37)
    EXPECT_NEAR(exponential(x) / std::exp(x), 1, 1e-10) << x;
  EXPECT_EQ(exponential(0), 1);
  for (double x : {-1e9, -HUGE_VAL, double(NAN)})
    EXPECT_EQ(float(exponential(x)), 0) << x;
  EXPECT_NEAR(power(1.75, 12.5), std::pow(1.75, 12.5), 1e-6);
}

TEST(Math, Logarithm) {
  for (double x = 1e-30; x < 1e30; x *= 1.7)
    EXPECT_NEAR(logarithm(x), std::log(x), 1e-13 * (1 + std::fabs(std::log(x))))
        << x;
}

TEST(Random, IsTheOneOfTheStandardLibrary) {
  Random ours;
  for (uint32_t seed : {0u, 1u, 5489u, 0xffffffffu}) {
    ours.seed(seed);
    std::mt19937 theirs(seed);
    for (int i = 0; i < 2000; ++i)
      ASSERT_EQ(ours.word(), uint32_t(theirs()));
  }
  ours.seed(42);
  std::mt19937 theirs(42);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int i = 0; i < 1000; ++i)
    ASSERT_EQ(ours.uniform(), uniform(theirs));
}

TEST(Sampler, MostLikelyIsTheFirstOfTheHighest) {
  std::vector<float> logits = randomLogits(1003, 1);
  logits[1002] = 50;
  EXPECT_EQ(mostLikely(logits.data(), 1003), 1002);
  logits[77] = logits[500] = 51;
  EXPECT_EQ(mostLikely(logits.data(), 1003), 77);
  logits[3] = NAN;
  EXPECT_EQ(mostLikely(logits.data(), 1003), 77);
  const float one = -INFINITY;
  EXPECT_EQ(mostLikely(&one, 1), 0);
}

TEST(Sampler, TopKIsTheHeadOfTheSortedList) {
  std::vector<float> logits = randomLogits(5000, 2);
  logits[10] = logits[20] = logits[30] = 4; // Ties stand in the order of ids.
  const std::vector<int32_t> sorted = sortedIds(logits);
  for (int32_t k : {1, 2, 40, 4999, 5000, 9000}) {
    List list(logits);
    keepTopK(list.candidates, k);
    const auto n = std::min<size_t>(size_t(k), 5000);
    EXPECT_EQ(list.ids(),
              std::vector<int32_t>(sorted.begin(), sorted.begin() + long(n)));
  }
  List list(logits);
  keepTopK(list.candidates, 0);
  EXPECT_EQ(list.candidates.size(), 5000u);
}

TEST(Sampler, TopPKeepsTheTokenThatCrosses) {
  const std::vector<float> logits = randomLogits(3000, 3);
  const std::vector<int32_t> sorted = sortedIds(logits);
  for (float p : {0.0f, 0.1f, 0.5f, 0.9f, 0.999f}) {
    // Sums of float32, as llama.cpp makes them.
    const float highest = logits[size_t(sorted[0])];
    float total = 0, sum = 0;
    for (float logit : logits)
      total += float(std::exp(double(logit - highest)));
    size_t kept = 0;
    do {
      const double from = logits[size_t(sorted[kept++])] - highest;
      sum += float(std::exp(from)) / total;
    } while (sum < p);
    const std::vector<int32_t> expected(sorted.begin(),
                                        sorted.begin() + long(kept));
    List list(logits);
    keepTopP(list.candidates, p);
    EXPECT_EQ(list.ids(), expected) << p;
    // After top-k, the probabilities are those of what is left.
    List two(logits);
    keepTopK(two.candidates, 2);
    keepTopP(two.candidates, p);
    EXPECT_LE(two.candidates.size(), 2u);
    EXPECT_EQ(two.ids()[0], sorted[0]);
  }
  List all(logits);
  keepTopP(all.candidates, 1);
  EXPECT_EQ(all.candidates.size(), 3000u);
}

TEST(Sampler, MinPComparesWithTheMostLikely) {
  const std::vector<float> logits = {1, 3, 3 + std::log(0.5f) + 1e-4f,
                                     3 + std::log(0.5f) - 1e-4f, -9};
  List list(logits);
  keepMinP(list.candidates, 0.5f);
  EXPECT_EQ(list.ids(), (std::vector<int32_t>{1, 2}));
  List strict(logits);
  keepMinP(strict.candidates, 2);
  EXPECT_EQ(strict.ids(), (std::vector<int32_t>{1}));
  List off(logits);
  keepMinP(off.candidates, 0);
  EXPECT_EQ(off.candidates.size(), 5u);
}

TEST(Sampler, PenaltyCountsATokenOnceAndLooksBackSoFar) {
  Sampler sampler;
  sampler.set(settings(0, 1, 0, 2, 0, 3, 0));
  EXPECT_EQ(sampleOnce(sampler, {4, 3, -1}, {}), 0);
  EXPECT_EQ(sampleOnce(sampler, {4, 3, -1}, {0}), 1);
  EXPECT_EQ(sampleOnce(sampler, {8, 3, -1}, {0, 0, 0}), 0)
      << "once: 8 / 2 is above 3";
  EXPECT_EQ(sampleOnce(sampler, {4, 3, -1}, {0, 1, 2, 2}), 0)
      << "0 is out of the window: 4, 1.5";
  EXPECT_EQ(sampleOnce(sampler, {-1, -1.5f}, {0}), 1)
      << "a negative logit is multiplied";
}

TEST(Sampler, OnlyAllowedTokens) {
  Sampler sampler;
  const uint32_t allowed[] = {1u << 3 | 1u << 7, 0};
  const std::vector<float> logits = randomLogits(40, 5);
  for (float temperature : {0.0f, 1.0f}) {
    sampler.set(settings(temperature, 1, 0, 1, 0, 64, 9));
    for (int i = 0; i < 50; ++i) {
      const int32_t id = sampleOnce(sampler, logits, {}, allowed);
      EXPECT_TRUE(id == 3 || id == 7) << id;
    }
  }
}

TEST(Sampler, DrawsWithTheProbabilitiesOfTheSoftmax) {
  const std::vector<float> logits = {std::log(1.0f), std::log(2.0f),
                                     std::log(5.0f), -100};
  Sampler sampler;
  sampler.set(settings(1, 1, 0, 1, 0, 0, 123));
  std::map<int32_t, int> counts;
  for (int i = 0; i < 20000; ++i)
    ++counts[sampleOnce(sampler, logits)];
  EXPECT_NEAR(counts[0], 2500, 200);
  EXPECT_NEAR(counts[1], 5000, 250);
  EXPECT_NEAR(counts[2], 12500, 300);
  // Half the temperature squares the odds.
  sampler.set(settings(0.5f, 1, 0, 1, 0, 0, 123));
  counts.clear();
  for (int i = 0; i < 20000; ++i)
    ++counts[sampleOnce(sampler, logits)];
  EXPECT_NEAR(counts[2], 20000 * 25 / 30.0, 300);
}

TEST(Sampler, TheSmallestTemperatureLeavesTheMostLikely) {
  const std::vector<float> logits = {1, -3, 9, 8.9f, 2};
  Sampler sampler;
  for (float temperature : {1e-3f, 1e-30f, 1e-39f}) {
    sampler.set(settings(temperature, 1, 0, 1, 0, 0, 5));
    for (int i = 0; i < 20; ++i)
      ASSERT_EQ(sampleOnce(sampler, logits), 2) << temperature;
  }
}

TEST(Sampler, DrawIsTheFirstWhoseSumReachesTheNumber) {
  // As llama.cpp: after top-k the order is that of the logits.
  const std::vector<float> logits = randomLogits(1000, 6);
  const std::vector<int32_t> sorted = sortedIds(logits);
  Sampler sampler;
  sampler.set(settings(0.8f, 1, 0, 1, 20, 0, 77));
  std::mt19937 generator(77);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int i = 0; i < 200; ++i) {
    double total = 0, sum = 0;
    std::vector<double> p;
    for (size_t j = 0; j < 20; ++j)
      p.push_back(std::exp(double(
          (logits[size_t(sorted[j])] - logits[size_t(sorted[0])]) / 0.8f)));
    for (double value : p)
      total += value;
    const double target = uniform(generator) * total;
    size_t chosen = 0;
    while ((sum += p[chosen]) < target)
      ++chosen;
    ASSERT_EQ(sampleOnce(sampler, logits), sorted[chosen]);
  }
}

TEST(Sampler, WhatIsForcedDrawsAsTheOneAllowedTokenDoes) {
  for (const sampling::Case &one : sampling::makeCases()) {
    if (one.vocabulary != 2048 || one.draws != 48)
      continue;
    Sampler drawn, forced;
    drawn.set(one.settings);
    forced.set(one.settings);
    std::vector<int32_t> tokens = sampling::startOf(one);
    std::vector<float> logits;
    std::vector<uint32_t> allowed(64);
    for (int step = 0; step < 8; ++step) {
      sampling::makeLogits(one, tokens, logits);
      const int32_t id = sampleOnce(drawn, logits, tokens);
      ASSERT_EQ(id, sampleOnce(forced, logits, tokens)) << one.name;
      tokens.push_back(id);
      const uint32_t next = uint32_t(id + step) % 2048;
      allowed[next / 32] = 1u << next % 32;
      ASSERT_EQ(sampleOnce(drawn, logits, tokens, allowed.data()),
                one.settings.num_biases > 0 && (next == 65 || next == 20)
                    ? 0
                    : int32_t(next))
          << one.name;
      allowed[next / 32] = 0;
      forced.pass();
      tokens.push_back(int32_t(next));
    }
  }
}

// Numbers from wherever they come: a token comes out, and of those allowed.
TEST(Sampler, AnySettingsAndLogits) {
  std::mt19937 generator(3);
  const float odd[] = {0,      -0.0f,    1,         -1,    0.5f,   1e-30f,
                       1e-45f, 3e38f,    -3e38f,    1e10f, 99,     0.999999f,
                       NAN,    INFINITY, -INFINITY, 1e-7f, 1.001f, 2};
  auto number = [&] { return odd[generator() % (sizeof(odd) / sizeof(*odd))]; };
  auto integer = [&] { return int32_t(generator() % 200) - 20; };
  const lfm2rt_text breaker = {"x", 1};
  for (int i = 0; i < 30000; ++i) {
    const uint32_t vocabulary =
        1 + uint32_t(generator() % (i % 50 ? 90 : 9000));
    lfm2rt_sampling s = {};
    s.temperature = i % 3 ? 1 : number();
    float *fields[] = {&s.top_p,
                       &s.min_p,
                       &s.repeat_penalty,
                       &s.frequency_penalty,
                       &s.presence_penalty,
                       &s.top_n_sigma,
                       &s.typical_p,
                       &s.xtc_probability,
                       &s.xtc_threshold,
                       &s.dynatemp_range,
                       &s.dynatemp_exponent,
                       &s.mirostat_tau,
                       &s.mirostat_eta,
                       &s.dry_multiplier,
                       &s.dry_base};
    s.top_p = s.repeat_penalty = 1;
    for (float *field : fields)
      if (generator() % 4 == 0)
        *field = number();
    s.top_k = generator() % 2 ? 0 : integer();
    s.repeat_window = integer();
    s.dry_window = integer();
    s.dry_allowed_length = integer() / 10;
    s.dry_breakers = &breaker;
    s.num_dry_breakers = 1;
    std::vector<lfm2rt_bias> biases;
    for (uint32_t n = generator() % 4; biases.size() < n;)
      biases.push_back({integer(), number()});
    s.biases = biases.data();
    s.num_biases = uint32_t(biases.size());
    std::vector<float> logits = randomLogits(vocabulary, uint32_t(i));
    for (float &logit : logits)
      if (generator() % 16 == 0)
        logit = i % 2 ? 3 : std::isfinite(number()) ? 2e38f : -3e38f;
    std::vector<int32_t> tokens;
    for (uint32_t n = generator() % 60; tokens.size() < n;)
      tokens.push_back(int32_t(generator() % (vocabulary + 2)) % 7 - 1);
    std::vector<uint32_t> allowed((vocabulary + 31) / 32);
    for (uint32_t &word : allowed)
      word = uint32_t(generator());
    const bool masked = generator() % 3 == 0;
    Sampler sampler;
    sampler.set(s);
    for (int draws = 0; draws < 2; ++draws) {
      const int32_t id = sampleOnce(sampler, logits, tokens,
                                    masked ? allowed.data() : nullptr);
      ASSERT_LT(uint32_t(id), vocabulary) << i;
    }
  }
}

TEST(Sampler, EqualSeedsGiveEqualTexts) {
  const std::vector<float> logits = randomLogits(500, 8);
  std::vector<int32_t> first, second;
  for (auto *ids : {&first, &second}) {
    Sampler sampler;
    sampler.set(settings(1, 0.95f, 0.02f, 1.1f, 100, 64, 4711));
    for (int i = 0; i < 50; ++i)
      ids->push_back(sampleOnce(sampler, logits, *ids));
  }
  EXPECT_EQ(first, second);
}

} // namespace
