// What test/bench/llama_sampling.cpp asks llama.cpp and SamplingGoldenTest.cpp
// asks our sampler: settings, and logits that are the same everywhere to the
// last bit.
#ifndef LFM2C_TEST_UNIT_RUNTIME_SAMPLINGCASES_H
#define LFM2C_TEST_UNIT_RUNTIME_SAMPLINGCASES_H

#include "runtime/include/lfm2rt/lfm2rt.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace sampling {

// How probable tokens are: a few, some dozens, or nearly all alike.
enum class Shape { Peaked, Broad, Flat };

struct Case {
  std::string name;
  lfm2rt_sampling settings;
  uint32_t vocabulary = 2048, draws = 48;
  Shape shape = Shape::Broad;
  bool masked = false;
  bool texts = false; // Tokens have the texts of `merges`.
};

// Of the cases with texts: tokens 0 ... 255 are bytes, then those that these
// merges make.
constexpr const char *merges[][2] = {
    {"E", "N"},  {"EN", "D"}, {"t", "h"},  {"th", "e"}, {"a", "a"},
    {"aa", "b"}, {":", ":"},  {"e", "\""}, {"D", "D"},  {"x", "E"}};
constexpr uint32_t textVocabulary = 256 + sizeof(merges) / sizeof(merges[0]);

inline uint64_t mix(uint64_t a, uint64_t b) {
  a = (a ^ b) * 0x9e3779b97f4a7c15u;
  a = (a ^ a >> 32) * 0xd6e8feb86659fd93u;
  return a ^ a >> 29;
}

// No two are equal, since llama.cpp leaves it to the C++ library which of these
// stands first. They depend on the last token, so that texts repeat themselves.
inline void makeLogits(const Case &one, const std::vector<int32_t> &tokens,
                       std::vector<float> &logits) {
  const uint32_t n = one.vocabulary;
  uint64_t state = mix(one.settings.seed + 1, uint64_t(tokens.back() % 5));
  // A permutation: r(i) = (i * odd + start) mod a power of two, of those below
  // n.
  uint32_t whole = 1;
  while (whole < n)
    whole *= 2;
  const uint32_t odd = uint32_t(mix(state, 1)) | 1,
                 start = uint32_t(mix(state, 2));
  logits.resize(n);
  uint32_t next = 0;
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t rank;
    do
      rank = (next++ * odd + start) & (whole - 1);
    while (rank >= n);
    const double place = double(rank) / n;
    const double logit =
        one.shape == Shape::Peaked  ? 12 / (1 + rank / 6.0) - 9 * place - 2
        : one.shape == Shape::Broad ? 12 / (1 + rank / 40.0) - 6 * place
                                    : 1 - 3 * place * (2 - place);
    // Breakers are of few tokens.
    const bool often = one.texts && (i >= 256 || i == 'E' || i == ':' ||
                                     i == 't' || i == 'a' || i == 'x');
    logits[i] = float(often ? logit + 10 : logit);
  }
}

inline bool isAllowed(const Case &one, size_t step, uint32_t id) {
  return !one.masked || mix(step * 65537 + one.settings.seed, id) % 4 != 0;
}

// A prompt with repetitions.
inline std::vector<int32_t> startOf(const Case &one) {
  std::vector<int32_t> tokens;
  const char text[] = "the END: aab the END: aab \"the\" xENDEND aab";
  for (size_t i = 0; i + 1 < sizeof(text); ++i)
    tokens.push_back(one.texts ? text[i]
                               : text[i] * 7 % int32_t(one.vocabulary));
  return tokens;
}

inline std::vector<Case> makeCases() {
  const lfm2rt_bias *biases;
  static const lfm2rt_bias some[] = {
      {7, 5},      {100, -2.5f},    {-3, 1},        {7, 0.5f},
      {999999, 3}, {65, -INFINITY}, {20, -INFINITY}};
  biases = some;
  static const lfm2rt_text usual[] = {{"\n", 1}, {":", 1}, {"\"", 1}, {"*", 1}};
  static const lfm2rt_text words[] = {
      {"END", 3},
      {"the END", 7},
      {"::", 2},
      {"", 0},
      {"e\"x", 3},
      {":the", 4},
      {":", 1},
      {"aab the END of all the things that were said before this", 56}};
  struct Chain {
    const char *name;
    void (*set)(lfm2rt_sampling &);
  };
  // clang-format off
  const Chain chains[] = {
      {"draw", [](lfm2rt_sampling &) {}},
      {"temp", [](lfm2rt_sampling &s) { s.temperature = 0.35f; }},
      {"hot", [](lfm2rt_sampling &s) { s.temperature = 2.5f; }},
      {"greedy", [](lfm2rt_sampling &s) { s.temperature = 0; }},
      {"repeat", [](lfm2rt_sampling &s) { s.repeat_penalty = 1.3f; }},
      {"repeat-window", [](lfm2rt_sampling &s) { s.repeat_penalty = 1.2f; s.repeat_window = 7; }},
      {"frequency", [](lfm2rt_sampling &s) { s.frequency_penalty = 0.4f; }},
      {"presence", [](lfm2rt_sampling &s) { s.presence_penalty = 1.1f; }},
      {"penalties", [](lfm2rt_sampling &s) { s.repeat_penalty = 1.1f; s.frequency_penalty = -0.2f; s.presence_penalty = 0.7f; }},
      {"dry", [](lfm2rt_sampling &s) { s.dry_multiplier = 0.8f; }},
      {"dry-long", [](lfm2rt_sampling &s) { s.dry_multiplier = 0.3f; s.dry_base = 1.2f; s.dry_allowed_length = 1; s.dry_window = 1000; }},
      {"dry-always", [](lfm2rt_sampling &s) { s.dry_multiplier = 1.5f; s.dry_base = 1; s.dry_allowed_length = 0; s.dry_window = 20; }},
      {"dry-greedy", [](lfm2rt_sampling &s) { s.temperature = 0; s.dry_multiplier = 0.8f; s.dry_window = 500; }},
      {"sigma", [](lfm2rt_sampling &s) { s.top_n_sigma = 1; }},
      {"sigma-wide", [](lfm2rt_sampling &s) { s.top_n_sigma = 2.5f; s.temperature = 1.5f; }},
      {"top-k", [](lfm2rt_sampling &s) { s.top_k = 40; }},
      {"top-k-wide", [](lfm2rt_sampling &s) { s.top_k = 700; }},
      {"typical", [](lfm2rt_sampling &s) { s.typical_p = 0.7f; }},
      {"typical-greedy", [](lfm2rt_sampling &s) { s.typical_p = 0.2f; s.temperature = 0; }},
      {"top-p", [](lfm2rt_sampling &s) { s.top_p = 0.8f; }},
      {"top-p-wide", [](lfm2rt_sampling &s) { s.top_p = 0.99f; }},
      {"min-p", [](lfm2rt_sampling &s) { s.min_p = 0.05f; }},
      {"min-p-all", [](lfm2rt_sampling &s) { s.min_p = 1.5f; }},
      {"xtc", [](lfm2rt_sampling &s) { s.xtc_probability = 0.5f; s.xtc_threshold = 0.02f; }},
      {"xtc-greedy", [](lfm2rt_sampling &s) { s.xtc_probability = 1; s.xtc_threshold = 0.001f; s.temperature = 0; }},
      {"dynamic", [](lfm2rt_sampling &s) { s.dynatemp_range = 0.7f; }},
      {"dynamic-low", [](lfm2rt_sampling &s) { s.temperature = 0; s.dynatemp_range = 2; s.dynatemp_exponent = 2.5f; }},
      {"mirostat", [](lfm2rt_sampling &s) { s.mirostat_tau = 5; s.top_k = 3; s.repeat_penalty = 1.5f; }},
      {"mirostat-low", [](lfm2rt_sampling &s) { s.mirostat_tau = 1.5f; s.mirostat_eta = 0.4f; s.temperature = 0.7f; }},
      {"mirostat-greedy", [](lfm2rt_sampling &s) { s.mirostat_tau = 3; s.temperature = 0; }},
      {"bias", [](lfm2rt_sampling &s) { s.num_biases = 7; }},
      {"lfm2.5", [](lfm2rt_sampling &s) { s.temperature = 0.1f; s.top_k = 50; s.repeat_penalty = 1.05f; }},
      {"lfm2", [](lfm2rt_sampling &s) { s.temperature = 0.3f; s.min_p = 0.15f; s.repeat_penalty = 1.05f; }},
      {"llama.cpp", [](lfm2rt_sampling &s) { s.temperature = 0.8f; s.top_k = 40; s.top_p = 0.95f; s.min_p = 0.05f; }},
      {"creative", [](lfm2rt_sampling &s) { s.temperature = 1.2f; s.min_p = 0.02f; s.xtc_probability = 0.4f; s.xtc_threshold = 0.05f; s.dry_multiplier = 0.8f; s.dry_window = 300; }},
      {"typical-top-p", [](lfm2rt_sampling &s) { s.top_k = 200; s.typical_p = 0.9f; s.top_p = 0.8f; s.min_p = 0.01f; }},
      {"typical-min-p", [](lfm2rt_sampling &s) { s.top_k = 200; s.typical_p = 0.8f; s.min_p = 0.03f; }},
      {"typical-xtc", [](lfm2rt_sampling &s) { s.typical_p = 0.6f; s.xtc_probability = 0.6f; s.xtc_threshold = 0.01f; }},
      {"sigma-dynamic", [](lfm2rt_sampling &s) { s.top_n_sigma = 1.5f; s.dynatemp_range = 0.5f; }},
      {"bias-dynamic", [](lfm2rt_sampling &s) { s.num_biases = 7; s.dynatemp_range = 0.9f; s.dynatemp_exponent = 0.6f; }},
      {"sigma-xtc", [](lfm2rt_sampling &s) { s.top_n_sigma = 2; s.xtc_probability = 0.5f; s.xtc_threshold = 0.03f; s.temperature = 0.9f; }},
      {"p-xtc-dynamic", [](lfm2rt_sampling &s) { s.top_p = 0.9f; s.xtc_probability = 0.5f; s.xtc_threshold = 0.04f; s.dynatemp_range = 0.4f; }},
      {"bias-mirostat", [](lfm2rt_sampling &s) { s.num_biases = 7; s.mirostat_tau = 4; s.temperature = 1.3f; }},
      {"all", [](lfm2rt_sampling &s) { s.num_biases = 7; s.repeat_penalty = 1.1f; s.frequency_penalty = 0.1f; s.presence_penalty = 0.2f;
        s.dry_multiplier = 0.5f; s.top_n_sigma = 4; s.top_k = 30; s.typical_p = 0.97f; s.top_p = 0.95f; s.min_p = 0.01f;
        s.xtc_probability = 0.3f; s.xtc_threshold = 0.08f; s.temperature = 0.9f; s.dynatemp_range = 0.3f; s.dynatemp_exponent = 1.5f; }},
  };
  // clang-format on
  const char *shapes[] = {"peaked", "broad", "flat"};
  std::vector<Case> cases;
  auto add = [&](const Chain &chain, int shape, uint32_t seed) -> Case & {
    Case one;
    lfm2rt_sampling &s = one.settings;
    s = {};
    s.temperature = s.top_p = s.repeat_penalty = s.dynatemp_exponent = 1;
    s.repeat_window = s.dry_window = 64;
    s.mirostat_eta = s.xtc_threshold = 0.1f;
    s.dry_base = 1.75f;
    s.dry_allowed_length = 2;
    s.seed = seed;
    s.biases = biases;
    chain.set(s);
    one.shape = Shape(shape);
    one.name = std::string(chain.name) + "/" + shapes[shape] + "/" +
               std::to_string(seed);
    cases.push_back(one);
    return cases.back();
  };
  for (const Chain &chain : chains) {
    for (int shape = 0; shape < 3; ++shape)
      add(chain, shape, uint32_t(shape) * 1000003u + 1);
    // llama.cpp's typical-p makes NaN of a token that was forbidden.
    if (!std::strstr(chain.name, "typical"))
      add(chain, 1, 4711).masked = true;
    // Of so many that candidates are searched, and many draws.
    Case &large = add(chain, 0, 0xfffffff0u);
    large.vocabulary = 16384 + 77;
    large.draws = 24;
    const lfm2rt_sampling &s = large.settings;
    if (s.dry_multiplier > 0) {
      for (int shape = 0; shape < 3; ++shape) {
        Case &one = add(chain, shape, 77);
        one.name += "/texts";
        one.texts = true;
        one.vocabulary = textVocabulary;
        one.draws = 150;
        one.settings.typical_p = 0; // Top-n-sigma forbids, too.
        one.settings.dry_breakers = shape == 1 ? usual : words;
        one.settings.num_dry_breakers = shape == 1 ? 4 : 8;
      }
    }
  }
  // Long texts, in which numbers and mu have gone far.
  for (const Chain &chain : chains)
    for (const char *name :
         {"all", "creative", "mirostat", "penalties", "lfm2.5"})
      if (std::string(name) == chain.name)
        add(chain, 1, 31).draws = 1000;
  return cases;
}

} // namespace sampling

#endif // LFM2C_TEST_UNIT_RUNTIME_SAMPLINGCASES_H
