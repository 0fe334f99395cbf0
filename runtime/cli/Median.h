// What a bench reports of its runs.
#ifndef LFM2RT_CLI_MEDIAN_H
#define LFM2RT_CLI_MEDIAN_H

#include "runtime/cli/System.h"

namespace lfm2rt {

// Sorts the values, the largest last. A disturbed run is slower, never faster,
// and may be much slower: so the median, not the mean.
inline double median(double *values, uint64_t count) {
  for (uint64_t i = 1; i < count; ++i) {
    double moved = values[i];
    uint64_t at = i;
    for (; at > 0 && values[at - 1] > moved; --at)
      values[at] = values[at - 1];
    values[at] = moved;
  }
  return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

inline double secondsSince(uint64_t start) {
  return double(system::nanoseconds() - start) * 1e-9;
}

} // namespace lfm2rt

#endif // LFM2RT_CLI_MEDIAN_H
