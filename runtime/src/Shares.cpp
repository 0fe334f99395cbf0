#include "runtime/src/Shares.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

void Shares::set(const uint32_t *weights, uint32_t threads) {
  numThreads = threads;
  double list[LFM2_MAX_THREADS];
  for (uint32_t t = 0; t < threads; ++t)
    list[t] = weights ? double(weights[t]) : 1;
  divide(false, list);
  divide(true, list);
}

// Bounds are rounded up, so that a few items, which are rounded down, fall as
// exact fractions would have them: three of three equal threads have one each.
void Shares::divide(bool larger, const double *weights) {
  double total = 0, sum = 0;
  for (uint32_t t = 0; t < numThreads; ++t)
    total += weights[t];
  uint32_t *bound = bounds[larger];
  bound[0] = 0;
  for (uint32_t t = 0; t < numThreads; ++t) {
    sum += weights[t];
    double exact = sum / total * LFM2_SHARES_ONE;
    uint32_t whole = uint32_t(exact);
    bound[t + 1] = min(whole + (whole < exact), LFM2_SHARES_ONE);
  }
  bound[numThreads] = LFM2_SHARES_ONE;
}

void Shares::balance(bool larger, const double *time) {
  double speeds[LFM2_MAX_THREADS], most = 0, least = 0;
  for (uint32_t t = 0; t < numThreads; ++t) {
    if (time[t] <= 0)
      return;
    // A thread without a share shows no speed; it is given a little to do.
    speeds[t] = double(max(shareOf(larger, t), 1u)) / time[t];
    most = max(most, speeds[t]);
    least = t ? min(least, speeds[t]) : speeds[t];
  }
  for (uint32_t t = 0; t < numThreads; ++t)
    // No thread is slower by this much: it was disturbed all the time, and
    // shows its speed next time only if it has something to do.
    speeds[t] = least * 1.1 > most ? 1 : max(speeds[t], most / 16);
  divide(larger, speeds);
}

} // namespace lfm2rt
