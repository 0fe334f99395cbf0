// From logits to a token. The steps, their order, their definitions and what is
// drawn for them are those of llama.cpp; runtime/README.md lists them.
#ifndef LFM2RT_SAMPLER_SAMPLER_H
#define LFM2RT_SAMPLER_SAMPLER_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/sampler/Candidates.h"
#include "runtime/sampler/Logits.h"
#include "runtime/sampler/Random.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {

class Sampler {
public:
  // Memory of the caller's: [vocabulary] candidates, and a bit for each token.
  struct Memory {
    Candidate *candidates;
    uint32_t *marks; // 0 between calls.
  };

  // `tokenizer` is of the model, or nullptr.
  void set(const lfm2rt_sampling &values,
           const lfm2_tokenizer *tokenizer = nullptr);
  const lfm2rt_sampling &get() const { return settings; }

  // `tokens` are all tokens so far; `allowed` is a bit mask or nullptr.
  int32_t sample(const float *logits, uint32_t vocabulary,
                 const int32_t *tokens, uint32_t count, const uint32_t *allowed,
                 Memory memory);

  // As if all tokens but one were forbidden: it is known already.
  void pass();

private:
  int32_t choose(Candidates candidates);

  lfm2rt_sampling settings;
  const lfm2_tokenizer *tokenizer;
  // XTC has numbers of its own, since it does not draw one for each token.
  Random random, chances;
  float mu; // Of mirostat, in bits.
  bool mirostat, typical, xtc, greedy;
};

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_SAMPLER_H
