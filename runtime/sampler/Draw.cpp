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
bool isGreedy(float highest, float temperature) {
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
  if (isGreedy(highest, temperature)) {
    candidates.arrange(Order::Highest);
    return candidates[0].id;
  }
  double total = 0, sum = 0;
  float weights[block];
  for (uint32_t i = 0; i < count; i += block)
    total += weigh(candidates.begin() + i, min(count - i, block), highest,
                   temperature, weights);
  for (uint32_t i = 0; i < count; i += block) {
    uint32_t n = min(count - i, block);
    candidates[i + n - 1];
    double all =
        weigh(candidates.begin() + i, n, highest, temperature, weights);
    if (sum + all < random * total) {
      sum += all;
      continue;
    }
    for (uint32_t j = 0; j < n; ++j) {
      sum += weights[j];
      if (sum >= random * total)
        return candidates[i + j].id;
    }
  }
  return candidates[count - 1].id;
}

int32_t drawMirostat(Candidates &candidates, float temperature, float tau,
                     float eta, float &mu, Random &random) {
  bool greedy = isGreedy(candidates.highest(), temperature);
  if (!greedy)
    candidates.divideBy(temperature);
  candidates.arrange(Order::Highest);
  uint32_t kept = 1;
  candidates[0];
  if (!greedy)
    for (Softmax all(candidates);
         kept < candidates.size() &&
         !(surprise(all(candidates[kept].logit)) > mu);)
      ++kept;
  candidates.keepFirst(kept);
  Softmax softmax(candidates);
  double total = 0, sum = 0;
  for (uint32_t i = 0; i < kept; ++i)
    total += softmax(candidates[i].logit);
  // No number is drawn where there is no choice.
  double target = kept > 1 ? random.uniform() : 0;
  uint32_t chosen = 0;
  for (; chosen + 1 < kept; ++chosen) {
    sum += softmax(candidates[chosen].logit) / total;
    if (sum >= target)
      break;
  }
  const Candidate &one = candidates[chosen];
  mu -= eta * (surprise(softmax(one.logit)) - tau);
  return one.id;
}

} // namespace lfm2rt
