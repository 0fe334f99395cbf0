#include "runtime/sampler/Sampler.h"
#include "runtime/sampler/Draw.h"
#include "runtime/sampler/Filters.h"
#include "runtime/sampler/Penalties.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

void Sampler::set(const lfm2rt_sampling &values, const lfm2_tokenizer *of) {
  settings = values;
  tokenizer = of;
  random.seed(values.seed);
  chances = random;
  mu = 2 * values.mirostat_tau;
  mirostat = values.mirostat_tau > 0;
  typical = values.typical_p > 0 && values.typical_p < 1;
  xtc = values.xtc_probability > 0 && values.xtc_threshold <= 0.5f;
  // The other filters leave the most likely token.
  greedy = !(values.temperature > 0) && !(values.dynatemp_range > 0) &&
           !mirostat && !typical && !xtc;
}

// What changes logits works on a copy, in the second half of the candidates'
// memory; the first half is work memory until there are candidates.
int32_t Sampler::sample(const float *logits, uint32_t vocabulary,
                        const int32_t *tokens, uint32_t count,
                        const uint32_t *allowed, Memory memory) {
  const lfm2rt_sampling &s = settings;
  bool penalties = !mirostat && hasPenalties(s), dry = !mirostat && hasDry(s),
       sigma = !mirostat && s.top_n_sigma > 0;
  if (allowed || s.num_biases > 0 || penalties || dry || sigma) {
    auto *work = reinterpret_cast<uint32_t *>(memory.candidates);
    auto *copy = reinterpret_cast<float *>(memory.candidates) + vocabulary;
    Logits all = {copy, vocabulary, work, memory.marks};
    memcpy(copy, logits, vocabulary * sizeof(float));
    if (allowed)
      forbid(copy, vocabulary, allowed);
    addBiases(all, s);
    if (penalties)
      penalise(all, s, tokens, count);
    if (dry)
      penaliseRepeats(all, s, tokens, count, tokenizer);
    if (sigma)
      keepTopSigma(copy, vocabulary, s.top_n_sigma);
    logits = copy;
  }
  if (greedy)
    return mostLikely(logits, vocabulary);
  float highest = highestOf(logits, vocabulary), lowest = -__builtin_inff();
  if (highest == lowest) // All are forbidden.
    return 0;
  // What a filter is going to drop need not be listed.
  Candidate *list = memory.candidates;
  if (!mirostat && s.top_k > 0)
    lowest = lowestOfBest(logits, vocabulary, uint32_t(s.top_k), list);
  else if (!mirostat && !typical && s.top_p >= 1 && s.min_p > 0)
    lowest = lowestOfMinP(highest, s.min_p);
  uint32_t listed = gather(list, logits, vocabulary, lowest);
  return choose({list, listed, vocabulary, highest});
}

void Sampler::pass() {
  Candidate one = {0, 0};
  if (!greedy)
    choose({&one, 1, UINT32_MAX, 0});
}

int32_t Sampler::choose(Candidates candidates) {
  const lfm2rt_sampling &s = settings;
  if (mirostat)
    return drawMirostat(candidates, s.temperature, s.mirostat_tau,
                        s.mirostat_eta, mu, random);
  keepTopK(candidates, s.top_k);
  keepTypical(candidates, s.typical_p);
  keepTopP(candidates, s.top_p);
  keepMinP(candidates, s.min_p);
  if (xtc && candidates.counted > 1 && chances.chance() <= s.xtc_probability)
    dropTop(candidates, s.xtc_threshold);
  float temperature = s.temperature;
  if (s.dynatemp_range > 0)
    temperature = dynamicTemperature(candidates, temperature, s.dynatemp_range,
                                     s.dynatemp_exponent);
  // A number is drawn also where only one candidate is left, so that the rest
  // of the text does not depend on how often that happened.
  return draw(candidates, temperature, random.uniform());
}

} // namespace lfm2rt
