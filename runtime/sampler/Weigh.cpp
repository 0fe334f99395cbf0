#include "runtime/sampler/Math.h"
#include "runtime/sampler/Softmax.h"

namespace lfm2rt {

void weigh(const Candidate *list, uint32_t count, float highest,
           float temperature, float *weights) {
  float from = highest / temperature;
  for (uint32_t i = 0; i < count; ++i)
    weights[i] = float(exponential(list[i].logit / temperature - from));
}

} // namespace lfm2rt
