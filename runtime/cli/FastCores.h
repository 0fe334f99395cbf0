// Which of unequal cores to compute on: phones and boards have some that are
// slower by several times. All threads wait for the slowest at each barrier, so
// slow cores cost more than they give.
#ifndef LFM2RT_CLI_FASTCORES_H
#define LFM2RT_CLI_FASTCORES_H

#include <stdint.h>

namespace lfm2rt {

constexpr uint32_t maxCores = 1024;

// Moves the cores to use to the front of `cpus`, and returns how many these
// are; 0 where all are alike. They are those of at least half of the greatest
// capacity; or, where some number is wanted, also the next ones as far as
// needed.
inline uint32_t chooseFastCores(uint32_t *cpus, uint32_t *capacities,
                                uint32_t count, uint32_t wanted) {
  // The fastest first, and otherwise in their order.
  for (uint32_t i = 1; i < count; ++i)
    for (uint32_t j = i; j > 0 && capacities[j - 1] < capacities[j]; --j) {
      uint32_t cpu = cpus[j], capacity = capacities[j];
      cpus[j] = cpus[j - 1], capacities[j] = capacities[j - 1];
      cpus[j - 1] = cpu, capacities[j - 1] = capacity;
    }
  if (count == 0 || capacities[0] == capacities[count - 1])
    return 0;
  uint32_t fast = 0;
  while (fast < count &&
         (capacities[fast] * 2 >= capacities[0] || fast < wanted ||
          capacities[fast] == capacities[fast - 1]))
    ++fast;
  return fast == count ? 0 : fast;
}

} // namespace lfm2rt

#endif // LFM2RT_CLI_FASTCORES_H
