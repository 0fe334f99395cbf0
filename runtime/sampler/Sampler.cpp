#include "runtime/sampler/Sampler.h"
#include "runtime/sampler/Math.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

// Lanes keep the comparison free of a chain of branches: the compiler makes
// vector maxima of them. What is no number never wins.
int32_t mostLikely(const float *logits, uint32_t vocabulary) {
  constexpr uint32_t lanes = 16;
  float highest[lanes];
  for (float &lane : highest)
    lane = -__builtin_inff();
  uint32_t whole = vocabulary / lanes * lanes;
  for (uint32_t i = 0; i < whole; i += lanes)
    for (uint32_t j = 0; j < lanes; ++j)
      highest[j] = logits[i + j] > highest[j] ? logits[i + j] : highest[j];
  for (uint32_t j = 1; j < lanes; ++j)
    highest[0] = max(highest[0], highest[j]);
  for (uint32_t i = whole; i < vocabulary; ++i)
    highest[0] = logits[i] > highest[0] ? logits[i] : highest[0];
  for (uint32_t i = 0; i < vocabulary; ++i)
    if (logits[i] == highest[0])
      return int32_t(i);
  return 0;
}

// Each token of the window counts once; what was read in place of a token, not
// at all. Runs while the candidates are still in
// the order of ids, with none missing.
static void penalise(Candidate *candidates, const lfm2rt_sampling &settings,
                     const int32_t *tokens, uint32_t count, uint32_t *marks) {
  uint32_t window = min(uint32_t(max(settings.repeat_window, 0)), count);
  for (const int32_t *token = tokens + count - window; token < tokens + count;
       ++token) {
    uint32_t id = uint32_t(*token), bit = 1u << id % 32;
    if (*token < 0 || marks[id / 32] & bit)
      continue;
    marks[id / 32] |= bit;
    float &logit = candidates[id].logit;
    logit = logit <= 0 ? logit * settings.repeat_penalty
                       : logit / settings.repeat_penalty;
  }
  for (const int32_t *token = tokens + count - window; token < tokens + count;
       ++token)
    if (*token >= 0)
      marks[uint32_t(*token) / 32] = 0;
}

// The weights take the place of the logits. What is divided by the temperature
// is 0 or less, so that of the smallest ones the most likely token is left.
static int32_t draw(Candidates candidates, float temperature, double random) {
  Candidate *list = candidates.list;
  float highest = list[0].logit;
  for (uint32_t i = 1; i < candidates.count; ++i)
    highest = max(highest, list[i].logit);
  double total = 0;
  for (uint32_t i = 0; i < candidates.count; ++i) {
    float weight = float(exponential((list[i].logit - highest) / temperature));
    list[i].logit = weight;
    total += weight;
  }
  double target = random * total, sum = 0;
  for (uint32_t i = 0; i < candidates.count; ++i) {
    sum += list[i].logit;
    if (sum >= target)
      return list[i].id;
  }
  return list[candidates.count - 1].id;
}

int32_t Sampler::sample(const float *logits, uint32_t vocabulary,
                        const int32_t *tokens, uint32_t count,
                        const uint32_t *allowed, Memory memory) {
  const lfm2rt_sampling &s = settings;
  bool greedy = !(s.temperature > 0);
  bool penalty = s.repeat_penalty != 1 && s.repeat_window > 0;
  if (greedy && !penalty && !allowed)
    return mostLikely(logits, vocabulary);

  Candidate *list = memory.candidates;
  for (uint32_t i = 0; i < vocabulary; ++i)
    list[i] = {logits[i], int32_t(i)};
  if (penalty)
    penalise(list, s, tokens, count, memory.marks);
  Candidates candidates = {list, vocabulary, false};
  if (allowed) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < vocabulary; ++i)
      if (allowed[i / 32] >> i % 32 & 1)
        list[kept++] = list[i];
    candidates.count = max(kept, 1u);
  }
  if (greedy) {
    keepTopK(candidates, 1);
    return list[0].id;
  }
  keepTopK(candidates, s.top_k);
  keepTopP(candidates, s.top_p);
  keepMinP(candidates, s.min_p);
  // A number is drawn also where only one candidate is left, so that the rest
  // of the text does not depend on how often that happened.
  return draw(candidates, s.temperature, random.uniform());
}

} // namespace lfm2rt
