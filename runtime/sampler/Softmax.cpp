#include "runtime/sampler/Softmax.h"
#include "runtime/sampler/Math.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

// The sum of the weights or, of probabilities, which are weights by `all`, of
// -p ln p. Where terms only become smaller, from where one changes nothing no
// later one does.
float sumUp(Candidates &candidates, float highest, float all) {
  float sum = 0, weights[block];
  bool falling = candidates.order() == Order::Highest;
  for (uint32_t i = 0; i < candidates.size(); i += block) {
    uint32_t n = min(candidates.size() - i, block);
    candidates[i + n - 1];
    weigh(candidates.begin() + i, n, highest, 1, weights);
    if (!falling && !(all > 0)) {
      for (uint32_t j = 0; j < n; ++j)
        sum += weights[j];
      continue;
    }
    for (uint32_t j = 0; j < n; ++j) {
      float term = weights[j], before = sum;
      if (all > 0) {
        float p = term / all;
        if (p == 0)
          return sum;
        falling = p < 0.25f; // 1 / e would do.
        term = -p * float(logarithm(p));
      }
      sum += term;
      if (falling && sum == before)
        return sum;
    }
  }
  return sum;
}

} // namespace

Softmax::Softmax(Candidates &candidates)
    : highest(candidates.highest()), sum(sumUp(candidates, highest, 0)) {}

float Softmax::operator()(float logit) const {
  Candidate one = {logit, 0};
  float weights[block];
  weigh(&one, 1, highest, 1, weights);
  return weights[0] / sum;
}

float entropyOf(Candidates &candidates, const Softmax &softmax) {
  return sumUp(candidates, softmax.highest, softmax.sum);
}

} // namespace lfm2rt
