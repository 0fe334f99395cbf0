// What is left of the logits to draw from.
#include "runtime/sampler/Filters.h"
#include "runtime/sampler/Math.h"
#include "runtime/sampler/Softmax.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

// The first ones whose probabilities sum to more than p, or to p where that is
// `enough`.
void keepSum(Candidates &candidates, const Softmax &softmax, float p,
             bool enough) {
  float sum = 0;
  for (uint32_t i = 0; i < candidates.size(); ++i) {
    sum += softmax(candidates[i].logit);
    if (sum > p || (enough && sum == p))
      return candidates.keepFirst(i + 1);
  }
}

} // namespace

void keepTopK(Candidates &candidates, int32_t k) {
  if (k <= 0)
    return;
  uint32_t keep = uint32_t(k);
  candidates.arrange(Order::Highest);
  if (keep < candidates.size()) {
    candidates[keep - 1];
    candidates.keepFirst(keep);
  }
  candidates.counted = min(candidates.counted, keep);
}

// -ln p is as far from the entropy as the logit from the one of which the
// probability's is just that.
void keepTypical(Candidates &candidates, float p) {
  if (!(p > 0) || p >= 1)
    return;
  candidates.arrange(Order::Highest);
  Softmax softmax(candidates);
  double entropy = entropyOf(candidates, softmax);
  candidates.arrange(Order::Nearest,
                     softmax.highest + logarithm(softmax.sum) - entropy);
  keepSum(candidates, softmax, p, false);
}

void keepTopP(Candidates &candidates, float p) {
  if (p >= 1)
    return;
  Softmax softmax(candidates);
  candidates.arrange(Order::Highest);
  keepSum(candidates, softmax, p, true);
}

void keepMinP(Candidates &candidates, float p) {
  if (p > 0)
    candidates.keepFrom(lowestOfMinP(candidates.highest(), p));
}

// Where p > 1 the most likely stays.
float lowestOfMinP(float highest, float p) {
  return min(highest, highest + float(logarithm(p)));
}

void dropTop(Candidates &candidates, float threshold) {
  candidates.arrange(Order::Highest);
  Softmax softmax(candidates);
  uint32_t last = 0;
  while (last < candidates.size() &&
         softmax(candidates[last].logit) >= threshold)
    ++last;
  if (last > 1)
    candidates.dropFirst(last - 1);
}

} // namespace lfm2rt
