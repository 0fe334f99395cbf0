// Passes over the logits of all tokens, one behind the other by id: loops that
// the compiler makes vectors of.
#ifndef LFM2RT_SAMPLER_LOGITS_H
#define LFM2RT_SAMPLER_LOGITS_H

#include "runtime/sampler/Candidates.h"

namespace lfm2rt {

// The first of the highest logits.
int32_t mostLikely(const float *logits, uint32_t vocabulary);
float highestOf(const float *logits, uint32_t vocabulary);

// Those whose bit is not set become -infinity.
void forbid(float *logits, uint32_t vocabulary, const uint32_t *allowed);

// Those more than n standard deviations below the highest become -infinity.
void keepTopSigma(float *logits, uint32_t vocabulary, float n);

// A logit that at least `best` tokens reach, but not many more; -infinity where
// it would not be worth the search. `work` is [vocabulary / 2], the logits may
// stand behind it.
float lowestOfBest(const float *logits, uint32_t vocabulary, uint32_t best,
                   Candidate *work);

// Lists those that reach `lowest`, without those of -infinity, and returns how
// many there are. `list` is [vocabulary]; the logits may be its second half.
uint32_t gather(Candidate *list, const float *logits, uint32_t vocabulary,
                float lowest);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_LOGITS_H
