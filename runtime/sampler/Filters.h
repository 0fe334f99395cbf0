// What is left of the logits to draw from. There is at least one candidate, and
// at least one stays.
#ifndef LFM2RT_SAMPLER_FILTERS_H
#define LFM2RT_SAMPLER_FILTERS_H

#include "runtime/sampler/Candidates.h"

namespace lfm2rt {

void keepTopK(Candidates &candidates, int32_t k);
// Those whose probability is nearest to what is expected of one, the fewest
// that have more than `p` of the probability together.
void keepTypical(Candidates &candidates, float p);
// The fewest of the most likely that have `p` of the probability together.
void keepTopP(Candidates &candidates, float p);
// Those at least `p` times as likely as the most likely.
void keepMinP(Candidates &candidates, float p);
float lowestOfMinP(float highest, float p);
// Of those with a probability of `threshold` or more the least likely alone,
// and all others.
void dropTop(Candidates &candidates, float threshold);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_FILTERS_H
