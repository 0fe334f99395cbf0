// From logits to a token. The steps, their order and their definitions are
// those of llama.cpp: mask, repetition penalty, top-k, top-p, min-p,
// temperature, draw.
#ifndef LFM2RT_SAMPLER_SAMPLER_H
#define LFM2RT_SAMPLER_SAMPLER_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/sampler/Random.h"

namespace lfm2rt {

struct Candidate {
  float logit;
  int32_t id;
};

// The tokens that are still possible. Those with higher logits stand first once
// `sorted`; among equal ones the lower id. Otherwise the order is that of ids.
struct Candidates {
  Candidate *list;
  uint32_t count;
  bool sorted;
};

void keepTopK(Candidates &candidates, int32_t k);
// The fewest of the most likely that have `p` of the probability together.
void keepTopP(Candidates &candidates, float p);
// Those at least `p` times as likely as the most likely.
void keepMinP(Candidates &candidates, float p);

class Sampler {
public:
  // Memory of the caller's: [vocabulary] candidates, and a bit for each.
  struct Memory {
    Candidate *candidates;
    uint32_t *marks;
  };

  void set(const lfm2rt_sampling &values) {
    settings = values;
    random.seed(values.seed);
  }
  const lfm2rt_sampling &get() const { return settings; }

  // `tokens` are all tokens so far; `allowed` is a bit mask or nullptr.
  int32_t sample(const float *logits, uint32_t vocabulary,
                 const int32_t *tokens, uint32_t count, const uint32_t *allowed,
                 Memory memory);

  // As if a token were drawn that is known already.
  void pass() {
    if (settings.temperature > 0)
      random.uniform();
  }

private:
  lfm2rt_sampling settings;
  Random random;
};

// The first of the highest logits.
int32_t mostLikely(const float *logits, uint32_t vocabulary);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_SAMPLER_H
