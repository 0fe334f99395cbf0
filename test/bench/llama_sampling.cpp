// llama.cpp's choices for the cases of test/unit/Runtime/SamplingCases.h, a
// line each, and its time beside ours on the same logits:
//
//   llama_sampling goldens VOCABULARY.gguf
//   llama_sampling speed ENTRIES
//
// sampling_goldens.py compiles and calls it.

#include "llama_peer.h"

#include "runtime/sampler/Sampler.h"
#include "test/unit/Runtime/SamplingCases.h"

#include <algorithm>
#include <chrono>

namespace {

// The chain that llama.cpp's programs make of their options by default.
llama_sampler *makeChain(const lfm2rt_sampling &s, const llama_vocab *vocab,
                         uint32_t vocabulary) {
  llama_sampler *chain =
      llama_sampler_chain_init(llama_sampler_chain_default_params());
  auto add = [&](llama_sampler *one) { llama_sampler_chain_add(chain, one); };
  const int32_t n = int32_t(vocabulary);
  std::vector<llama_logit_bias> biases;
  for (uint32_t i = 0; i < s.num_biases; ++i)
    biases.push_back({s.biases[i].token, s.biases[i].bias});
  if (!biases.empty())
    add(llama_sampler_init_logit_bias(n, int32_t(biases.size()),
                                      biases.data()));
  if (s.mirostat_tau > 0) {
    add(llama_sampler_init_temp(s.temperature));
    add(llama_sampler_init_mirostat_v2(s.seed, s.mirostat_tau, s.mirostat_eta));
    return chain;
  }
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < s.num_dry_breakers; ++i)
    texts.emplace_back(s.dry_breakers[i].text, s.dry_breakers[i].length);
  std::vector<const char *> breakers;
  for (const std::string &text : texts)
    breakers.push_back(text.c_str());
  add(llama_sampler_init_penalties(n, s.repeat_window, s.repeat_penalty,
                                   s.frequency_penalty, s.presence_penalty));
  add(llama_sampler_init_dry(vocab, s.dry_multiplier, s.dry_base,
                             s.dry_allowed_length, s.dry_window,
                             breakers.data(), breakers.size()));
  add(llama_sampler_init_top_n_sigma(s.top_n_sigma));
  add(llama_sampler_init_top_k(s.top_k));
  add(llama_sampler_init_typical(s.typical_p > 0 ? s.typical_p : 1, 0));
  add(llama_sampler_init_top_p(s.top_p, 0));
  add(llama_sampler_init_min_p(s.min_p, 0));
  add(llama_sampler_init_xtc(s.xtc_probability, s.xtc_threshold, 0, s.seed));
  add(llama_sampler_init_temp_ext(s.temperature, s.dynatemp_range,
                                  s.dynatemp_exponent));
  add(llama_sampler_init_dist(s.seed));
  return chain;
}

// As its programs do, from a list that is filled anew for each token.
llama_token choose(llama_sampler *chain, const std::vector<float> &logits,
                   std::vector<llama_token_data> &list) {
  list.resize(logits.size());
  for (size_t i = 0; i < logits.size(); ++i)
    list[i] = {llama_token(i), logits[i], 0};
  llama_token_data_array candidates = {list.data(), list.size(), -1, false};
  llama_sampler_apply(chain, &candidates);
  return candidates.data[candidates.selected].id;
}

int writeGoldens(const char *path) {
  llama_log_set([](ggml_log_level, const char *, void *) {}, nullptr);
  llama_model_params params = llama_model_default_params();
  params.vocab_only = true;
  llama_model *model = llama_model_load_from_file(path, params);
  if (!model) {
    fprintf(stderr, "llama.cpp cannot load %s\n", path);
    return 1;
  }
  std::vector<float> logits;
  std::vector<llama_token_data> list;
  for (const sampling::Case &one : sampling::makeCases()) {
    llama_sampler *chain =
        makeChain(one.settings, llama_model_get_vocab(model), one.vocabulary);
    std::vector<int32_t> tokens = sampling::startOf(one);
    for (int32_t token : tokens)
      llama_sampler_accept(chain, token);
    printf("%s", one.name.c_str());
    for (uint32_t step = 0; step < one.draws; ++step) {
      sampling::makeLogits(one, tokens, logits);
      for (uint32_t id = 0; id < one.vocabulary; ++id)
        if (!sampling::isAllowed(one, step, id))
          logits[id] = -INFINITY;
      const llama_token token = choose(chain, logits, list);
      llama_sampler_accept(chain, token);
      tokens.push_back(token);
      printf(" %d", token);
    }
    printf("\n");
    llama_sampler_free(chain);
  }
  llama_model_free(model);
  return 0;
}

double median(std::vector<double> &times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Both in turn, a token each; microseconds a token, the median.
int measure(uint32_t vocabulary) {
  std::vector<lfm2rt::Candidate> candidates(vocabulary);
  std::vector<uint32_t> marks((vocabulary + 31) / 32);
  printf("%-24s %10s %10s\n", "us a token", "llama.cpp", "ours");
  std::vector<std::string> seen;
  for (sampling::Case one : sampling::makeCases()) {
    if (one.shape == sampling::Shape::Flat || one.masked || one.texts ||
        one.vocabulary != 2048 || one.draws != 48)
      continue;
    one.vocabulary = vocabulary;
    llama_sampler *chain = makeChain(one.settings, nullptr, vocabulary);
    lfm2rt::Sampler sampler;
    sampler.set(one.settings);
    std::vector<int32_t> tokens = sampling::startOf(one);
    for (int32_t token : tokens)
      llama_sampler_accept(chain, token);
    std::vector<llama_token_data> list;
    std::vector<float> logits;
    std::vector<double> theirs, ours;
    uint32_t different = 0;
    for (uint32_t step = 0; step < 60; ++step) {
      sampling::makeLogits(one, tokens, logits);
      using Clock = std::chrono::steady_clock;
      const auto a = Clock::now();
      const llama_token token = choose(chain, logits, list);
      llama_sampler_accept(chain, token);
      const auto b = Clock::now();
      const int32_t own = sampler.sample(
          logits.data(), vocabulary, tokens.data(), uint32_t(tokens.size()),
          nullptr, {candidates.data(), marks.data()});
      const auto c = Clock::now();
      different += own != token;
      tokens.push_back(token);
      theirs.push_back(
          std::chrono::duration<double, std::micro>(b - a).count());
      ours.push_back(std::chrono::duration<double, std::micro>(c - b).count());
    }
    printf("%-24s %10.1f %10.1f", one.name.c_str(), median(theirs),
           median(ours));
    printf(different ? "  %u different\n" : "\n", different);
    llama_sampler_free(chain);
  }
  return 0;
}

} // namespace

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "goldens"))
    return writeGoldens(argv[2]);
  if (argc == 3 && !strcmp(argv[1], "speed"))
    return measure(uint32_t(atoi(argv[2])));
  fprintf(stderr,
          "usage: llama_sampling goldens VOCABULARY.gguf | speed ENTRIES\n");
  return 2;
}
