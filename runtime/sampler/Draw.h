// From what is left to a token.
#ifndef LFM2RT_SAMPLER_DRAW_H
#define LFM2RT_SAMPLER_DRAW_H

#include "runtime/sampler/Candidates.h"
#include "runtime/sampler/Random.h"

namespace lfm2rt {

// The temperature within `range` of this one that fits how sure the model is.
float dynamicTemperature(Candidates &candidates, float temperature, float range,
                         float exponent);

// `random` is a number from 0 to 1. Candidates are used up.
int32_t draw(Candidates &candidates, float temperature, double random);

// Mirostat 2: draws among those that surprise less than `mu` bits, which then
// moves, so that the surprise is `tau` bits on average.
int32_t drawMirostat(Candidates &candidates, float temperature, float tau,
                     float eta, float &mu, Random &random);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_DRAW_H
