// Weights of candidates: powers of e, many at a time.
#include "runtime/sampler/Math.h"
#include "runtime/sampler/Softmax.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

double weigh(const Candidate *list, uint32_t count, float highest,
             float temperature, float *weights) {
  constexpr uint32_t lanes = 2;
  float from = highest / temperature;
  double sums[lanes] = {};
  for (uint32_t i = 0; i < count; i += lanes) {
    float logits[lanes], some[lanes];
    for (uint32_t j = 0; j < lanes; ++j)
      logits[j] = i + j < count ? list[i + j].logit : -__builtin_inff();
    for (uint32_t j = 0; j < lanes; ++j)
      some[j] = float(exponential(logits[j] / temperature - from));
    for (uint32_t j = 0; j < lanes; ++j)
      sums[j] += some[j];
    memcpy(weights + i, some, sizeof(some));
  }
  return sums[0] + sums[1];
}

} // namespace lfm2rt
