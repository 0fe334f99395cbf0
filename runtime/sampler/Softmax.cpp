#include "runtime/sampler/Softmax.h"
#include "runtime/sampler/Math.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

// With the highest first, from where a term changes nothing no later one does.
Softmax::Softmax(Candidates &candidates)
    : highest(candidates.highest()), sum(0) {
  uint32_t count = candidates.size();
  float some[64];
  if (candidates.order() == Order::Given) {
    for (uint32_t i = 0; i < count; i += 64) {
      uint32_t n = min(count - i, 64u);
      weigh(candidates.begin() + i, n, highest, 1, some);
      for (uint32_t j = 0; j < n; ++j)
        sum += some[j];
    }
    return;
  }
  bool sorted = candidates.order() == Order::Highest;
  for (uint32_t i = 0; i < count; ++i) {
    weigh(&candidates[i], 1, highest, 1, some);
    float before = sum;
    sum += some[0];
    if (sorted && sum == before)
      return;
  }
}

float Softmax::operator()(float logit) const {
  Candidate one = {logit, 0};
  float weight;
  weigh(&one, 1, highest, 1, &weight);
  return weight / sum;
}

// The terms fall from a probability of 1 / e on.
float entropyOf(Candidates &candidates, const Softmax &softmax) {
  float entropy = 0;
  for (uint32_t i = 0; i < candidates.size(); ++i) {
    float p = softmax(candidates[i].logit);
    if (p == 0)
      break;
    float before = entropy;
    entropy -= p * float(logarithm(p));
    if (entropy == before && p < 0.25f)
      break;
  }
  return entropy;
}

} // namespace lfm2rt
