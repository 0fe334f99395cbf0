// From the fields of a request to how tokens are drawn.

#include "tools/lfm2-serve/Ask.h"
#include "tools/lfm2-serve/Refusal.h"
#include <charconv>
#include <cmath>
#include <random>

namespace lfm2s {
namespace {

struct RealField {
  const char *name;
  float lfm2rt_sampling::*to;
  double least, most;
};

// OpenAI's and, where it has none, llama.cpp's or Ollama's names.
constexpr RealField reals[] = {
    {"temperature", &lfm2rt_sampling::temperature, 0, 2},
    {"top_p", &lfm2rt_sampling::top_p, 0, 1},
    {"min_p", &lfm2rt_sampling::min_p, 0, 1},
    {"typical_p", &lfm2rt_sampling::typical_p, 0, 1},
    {"frequency_penalty", &lfm2rt_sampling::frequency_penalty, -2, 2},
    {"presence_penalty", &lfm2rt_sampling::presence_penalty, -2, 2},
    {"repeat_penalty", &lfm2rt_sampling::repeat_penalty, 0.01, 10},
    {"repetition_penalty", &lfm2rt_sampling::repeat_penalty, 0.01, 10},
    {"top_n_sigma", &lfm2rt_sampling::top_n_sigma, -1, 100},
    {"xtc_probability", &lfm2rt_sampling::xtc_probability, 0, 1},
    {"xtc_threshold", &lfm2rt_sampling::xtc_threshold, 0, 1},
    {"dry_multiplier", &lfm2rt_sampling::dry_multiplier, 0, 100},
    {"dry_base", &lfm2rt_sampling::dry_base, 0, 100},
};

struct WholeField {
  const char *name;
  int32_t lfm2rt_sampling::*to;
  int64_t least, most;
};

constexpr WholeField wholes[] = {
    {"top_k", &lfm2rt_sampling::top_k, -1, INT32_MAX},
    {"repeat_last_n", &lfm2rt_sampling::repeat_window, 0, INT32_MAX},
    {"dry_allowed_length", &lfm2rt_sampling::dry_allowed_length, 0, INT32_MAX},
    {"dry_penalty_last_n", &lfm2rt_sampling::dry_window, 0, INT32_MAX},
};

constexpr size_t mostBiases = 1024;

uint32_t seedOf(const Fields &names) {
  if (auto seed = names.whole("seed", INT64_MIN, INT64_MAX)) {
    auto bits = uint64_t(*seed);
    return uint32_t(bits ^ (bits >> 32));
  }
  static thread_local std::random_device chance;
  return chance();
}

/// {"15": -100, ...}; -100 and less is never.
void readBiases(const Fields &names, uint32_t vocabulary,
                std::vector<lfm2rt_bias> &biases) {
  const Json *given = names.object("logit_bias");
  if (!given)
    return;
  if (given->size() > mostBiases)
    throw badRequest("expected at most " + std::to_string(mostBiases) +
                         " tokens in logit_bias, found " +
                         std::to_string(given->size()),
                     names.pathOf("logit_bias"), "invalid_value");
  for (const auto &[key, value] : given->items()) {
    uint32_t token = 0;
    const char *end = key.data() + key.size();
    auto [read, error] = std::from_chars(key.data(), end, token);
    if (read != end || error != std::errc() || token >= vocabulary)
      throw badRequest("expected ids of 0 ... " +
                           std::to_string(vocabulary - 1) +
                           " as the names in logit_bias, found \"" +
                           key.substr(0, 40) + "\"",
                       names.pathOf("logit_bias"), "invalid_value");
    double bias = value.is_number() ? value.get<double>() : NAN;
    if (!(bias >= -100 && bias <= 100))
      throw badRequest(
          "expected numbers of -100 ... 100 in logit_bias, found " +
              (value.is_number() ? writeJson(value) : kindOf(value)) + " for " +
              key,
          names.pathOf("logit_bias"), "invalid_value");
    biases.push_back({int32_t(token), bias <= -100 ? -INFINITY : float(bias)});
  }
}

} // namespace

lfm2e::Sampling readSampling(const Fields &names, const lfm2e::Model &model) {
  lfm2e::Sampling sampling;
  sampling.values = model.recommendedSampling();
  for (const RealField &field : reals)
    if (auto value = names.number(field.name, field.least, field.most))
      sampling.values.*field.to = float(*value);
  for (const WholeField &field : wholes)
    if (auto value = names.whole(field.name, field.least, field.most))
      sampling.values.*field.to = int32_t(*value);
  // Who asks for the most likely token means it, penalties aside.
  if (sampling.values.temperature <= 0 && !names.find("repeat_penalty") &&
      !names.find("repetition_penalty"))
    sampling.values.repeat_penalty = 1;
  sampling.values.seed = seedOf(names);
  readBiases(names, model.vocabulary(), sampling.biases);
  return sampling;
}

} // namespace lfm2s
