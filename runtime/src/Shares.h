// Which share of a step's work each thread has.
#ifndef LFM2RT_SRC_SHARES_H
#define LFM2RT_SRC_SHARES_H

#include "runtime/include/lfm2rt/abi.h"

namespace lfm2rt {

class Shares {
public:
  // In proportion to `weights`, of which one is not 0; equally if nullptr.
  void set(const uint32_t *weights, uint32_t threads);
  // In steps of one token, or of more: changes the shares so that threads which
  // took `time` for theirs end together. Times of 0 change nothing.
  void balance(bool larger, const double *time);

  // See lfm2_step.shares.
  const uint32_t *of(const lfm2_entry &entry) const {
    return bounds[entry.tokens > 1];
  }
  uint32_t shareOf(bool larger, uint32_t thread) const {
    return bounds[larger][thread + 1] - bounds[larger][thread];
  }
  uint32_t threads() const { return numThreads; }

private:
  void divide(bool larger, const double *weights);

  uint32_t numThreads;
  uint32_t bounds[2][LFM2_MAX_THREADS + 1];
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_SHARES_H
