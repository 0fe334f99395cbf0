#include "runtime/sampler/Softmax.h"
#include "runtime/sampler/Math.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

// Calls use(weight) for each candidate in the order, until it returns false.
template <typename Use>
void forWeights(Candidates &candidates, float highest, Use use) {
  float weights[block];
  for (uint32_t i = 0; i < candidates.size(); i += block) {
    uint32_t n = min(candidates.size() - i, block);
    candidates[i + n - 1];
    weigh(candidates.begin() + i, n, highest, 1, weights);
    for (uint32_t j = 0; j < n; ++j)
      if (!use(weights[j]))
        return;
  }
}

} // namespace

// With the highest first, from where a term changes nothing no later one does.
Softmax::Softmax(Candidates &candidates)
    : highest(candidates.highest()), sum(0) {
  bool sorted = candidates.order() == Order::Highest;
  forWeights(candidates, highest, [&](float weight) {
    float before = sum;
    sum += weight;
    return !sorted || sum != before;
  });
}

float Softmax::operator()(float logit) const {
  Candidate one = {logit, 0};
  float weights[block];
  weigh(&one, 1, highest, 1, weights);
  return weights[0] / sum;
}

// The terms fall from a probability of 1 / e on.
float entropyOf(Candidates &candidates, const Softmax &softmax) {
  float entropy = 0;
  forWeights(candidates, softmax.highest, [&](float weight) {
    float p = weight / softmax.sum, before = entropy;
    if (p > 0)
      entropy -= p * float(logarithm(p));
    return p > 0 && (p > 0.25f || entropy != before);
  });
  return entropy;
}

} // namespace lfm2rt
