#include "runtime/sampler/Draw.h"
#include "runtime/sampler/Math.h"
#include "runtime/sampler/Softmax.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

constexpr double bitsPerNat = 1.4426950408889634;

float surprise(float p) {
  return p > 0 ? -float(logarithm(p) * bitsPerNat) : __builtin_inff();
}

// What is infinite would make others so, too.
bool isGreedy(const Candidates &candidates, float temperature) {
  float highest = candidates.highest();
  return !(temperature > 0) || highest > __FLT_MAX__ ||
         __builtin_fabsf(highest / temperature) > __FLT_MAX__;
}

} // namespace

float dynamicTemperature(Candidates &candidates, float temperature, float range,
                         float exponent) {
  float least = max(0.0f, temperature - range), most = temperature + range;
  if (candidates.counted < 2)
    return most;
  candidates.arrange(Order::Highest);
  float entropy = entropyOf(candidates, Softmax(candidates));
  float unsure = entropy / -float(logarithm(1.0f / float(candidates.counted)));
  float grown = unsure > 0 ? float(power(unsure, exponent)) : exponent == 0;
  return least + (most - least) * grown;
}

int32_t draw(Candidates &candidates, float temperature, double random) {
  float highest = candidates.highest();
  uint32_t count = candidates.size();
  if (isGreedy(candidates, temperature)) {
    candidates.arrange(Order::Highest);
    return candidates[0].id;
  }
  // Where all are looked at in any case their weights take the place of the
  // logits.
  bool given = candidates.order() == Order::Given;
  double total = 0, sum = 0;
  float some[64];
  for (uint32_t i = 0; i < count; i += 64) {
    uint32_t n = min(count - i, 64u);
    weigh(candidates.begin() + i, n, highest, temperature, some);
    for (uint32_t j = 0; j < n; ++j) {
      total += some[j];
      if (given)
        candidates.begin()[i + j].logit = some[j];
    }
  }
  for (uint32_t i = 0; i < count; ++i) {
    some[0] = candidates[i].logit;
    if (!given)
      weigh(&candidates[i], 1, highest, temperature, some);
    sum += some[0];
    if (sum >= random * total)
      return candidates[i].id;
  }
  return candidates[count - 1].id;
}

int32_t drawMirostat(Candidates &candidates, float temperature, float tau,
                     float eta, float &mu, Random &random) {
  bool greedy = isGreedy(candidates, temperature);
  for (Candidate &candidate : candidates)
    candidate.logit = greedy ? candidate.logit : candidate.logit / temperature;
  candidates.arrange(Order::Highest);
  Softmax all(candidates);
  uint32_t kept = 1;
  candidates[0];
  while (!greedy && kept < candidates.size() &&
         !(surprise(all(candidates[kept].logit)) > mu))
    ++kept;
  candidates.keepFirst(kept);
  Softmax softmax(candidates);
  double total = 0, sum = 0;
  for (uint32_t i = 0; i < kept; ++i)
    total += softmax(candidates[i].logit);
  // No number is drawn where there is no choice.
  double target = kept > 1 ? random.uniform() : 0;
  uint32_t chosen = 0;
  for (; chosen + 1 < kept; ++chosen)
    if ((sum += softmax(candidates[chosen].logit) / total) >= target)
      break;
  const Candidate &one = candidates[chosen];
  mu -= eta * (surprise(softmax(one.logit)) - tau);
  return one.id;
}

} // namespace lfm2rt
