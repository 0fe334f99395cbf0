// Waiting, yielding, registers to be asked for, the number of cores, that of
// the process, and the clock.
#include "runtime/platform/Platform.h"
#include "runtime/platform/linux/Syscall.h"
#include "runtime/src/Support.h"

namespace lfm2rt::platform {
namespace {
constexpr long futexWait = 0, futexWake = 1, futexPrivate = 128;
} // namespace

void waitWhile(const uint32_t *word, uint32_t value) {
  systemCall(SysFutex, pointer(word), futexWait | futexPrivate, long(value), 0);
}

void wakeAll(const uint32_t *word) {
  systemCall(SysFutex, pointer(word), futexWake | futexPrivate, INT32_MAX);
}

void yield() { systemCall(SysSchedYield); }

uint32_t cores() {
  uint64_t mask[128] = {};
  long bytes = systemCall(SysSchedGetaffinity, 0, sizeof(mask), pointer(mask));
  uint32_t count = 0;
  for (long i = 0; i * 8 < bytes; ++i)
    for (uint64_t word = mask[i]; word; word &= word - 1)
      ++count;
  return max(count, 1u);
}

uint32_t process() { return uint32_t(systemCall(SysGetpid)); }

int64_t useRegisters(uint32_t component) {
#if defined(__x86_64__)
  constexpr long requestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
  return systemCall(SysArchPrctl, requestPermission, long(component));
#else
  (void)component;
  return 0;
#endif
}

uint64_t nanoseconds() {
  constexpr long monotonic = 1;
  long time[2] = {}; // Seconds since the start of the machine, and the rest.
  systemCall(SysClockGettime, monotonic, pointer(time));
  return uint64_t(time[0]) * 1000000000 + uint64_t(time[1]);
}

} // namespace lfm2rt::platform
