// A counter that rises evenly and alike on all cores, of a unit to be measured.
// Reading it takes 10 to 20 ns and orders nothing.
#ifndef LFM2RT_PLATFORM_TICKS_H
#define LFM2RT_PLATFORM_TICKS_H

#include "runtime/platform/Platform.h"

namespace lfm2rt {

inline uint64_t ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t count;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(count));
  return count;
#else
  return platform::nanoseconds();
#endif
}

} // namespace lfm2rt

#endif // LFM2RT_PLATFORM_TICKS_H
