// How many cores' worth of time a process may use, as a container's limit says.
// More threads than that would spin the time away: the system stops all of them
// until the next period.
#ifndef LFM2RT_CLI_CPUQUOTA_H
#define LFM2RT_CLI_CPUQUOTA_H

#include <stdint.h>

namespace lfm2rt {

// Reads the digits at `at`, up to `end`.
inline uint64_t readDigits(const char *&at, const char *end) {
  uint64_t value = 0;
  for (; at < end && *at >= '0' && *at <= '9'; ++at)
    value = value * 10 + uint64_t(*at - '0');
  return value;
}

// `text` is that of Linux's cpu.max: microseconds of all cores together in each
// period of so many, "150000 100000", or "max 100000". Returns the cores,
// rounded up; 0 where there is no limit, or none that can be read.
inline uint64_t coresOfQuota(const char *text, uint64_t bytes) {
  const char *at = text, *end = text + bytes;
  uint64_t quota = readDigits(at, end);
  if (at == end || *at++ != ' ')
    return 0;
  uint64_t period = readDigits(at, end);
  return period ? (quota + period - 1) / period : 0;
}

} // namespace lfm2rt

#endif // LFM2RT_CLI_CPUQUOTA_H
