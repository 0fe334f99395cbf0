// Probabilities of candidates. Sums are of float32, one after the other in the
// candidates' order, as llama.cpp makes them: where a filter cuts depends on
// their rounding.
#ifndef LFM2RT_SAMPLER_SOFTMAX_H
#define LFM2RT_SAMPLER_SOFTMAX_H

#include "runtime/sampler/Candidates.h"

namespace lfm2rt {

struct Softmax {
  float highest, sum;
  explicit Softmax(Candidates &candidates);

  float operator()(float logit) const;
};

// Candidates that are looked at together.
constexpr uint32_t block = 64;

// Of up to `block` candidates, exp((logit - highest) / temperature), rounded as
// llama.cpp does, into `weights`, which is [block]. Returns their sum.
double weigh(const Candidate *list, uint32_t count, float highest,
             float temperature, float *weights);

// In nats; of candidates with the highest first.
float entropyOf(Candidates &candidates, const Softmax &softmax);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_SOFTMAX_H
