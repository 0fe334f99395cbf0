#include "runtime/sampler/Math.h"
#include "runtime/sampler/Softmax.h"

namespace lfm2rt {

double weigh(const Candidate *list, uint32_t count, float highest,
             float temperature, float *weights) {
  float from = highest / temperature;
  for (uint32_t i = 0; i < count; ++i)
    weights[i] = float(exponential(list[i].logit / temperature - from));
  constexpr uint32_t lanes = 4;
  double sums[lanes] = {};
  uint32_t whole = count / lanes * lanes;
  for (uint32_t i = 0; i < whole; i += lanes)
    for (uint32_t j = 0; j < lanes; ++j)
      sums[j] += weights[i + j];
  double sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  for (uint32_t i = whole; i < count; ++i)
    sum += weights[i];
  return sum;
}

} // namespace lfm2rt
