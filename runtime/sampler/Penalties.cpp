#include "runtime/sampler/Penalties.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

void addBiases(const Logits &logits, const lfm2rt_sampling &settings) {
  for (uint32_t i = 0; i < settings.num_biases; ++i) {
    const lfm2rt_bias &one = settings.biases[i];
    if (uint32_t(one.token) < logits.vocabulary)
      logits.values[one.token] += one.bias;
  }
}

bool hasPenalties(const lfm2rt_sampling &s) {
  return s.repeat_window > 0 &&
         (s.repeat_penalty != 1 || s.frequency_penalty != 0 ||
          s.presence_penalty != 0);
}

// What was read in place of a token has an id below 0, and no logit.
void penalise(const Logits &logits, const lfm2rt_sampling &settings,
              const int32_t *tokens, uint32_t count) {
  const int32_t *end = tokens + count;
  const int32_t *first = end - min(uint32_t(settings.repeat_window), count);
  for (const int32_t *token = first; token < end; ++token) {
    uint32_t id = uint32_t(*token);
    if (id < logits.vocabulary)
      logits.work[id] = logits.mark(id) ? 1 : logits.work[id] + 1;
  }
  for (const int32_t *token = first; token < end; ++token) {
    uint32_t id = uint32_t(*token);
    if (id >= logits.vocabulary || !logits.unmark(id))
      continue;
    float &logit = logits.values[id];
    logit = logit <= 0 ? logit * settings.repeat_penalty
                       : logit / settings.repeat_penalty;
    logit -= float(logits.work[id]) * settings.frequency_penalty +
             settings.presence_penalty;
  }
}

} // namespace lfm2rt
