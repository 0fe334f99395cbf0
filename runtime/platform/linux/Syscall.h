// Linux system calls, without a C library. Returns what the kernel returns:
// -errno on failure.
#ifndef LFM2RT_PLATFORM_LINUX_SYSCALL_H
#define LFM2RT_PLATFORM_LINUX_SYSCALL_H

#include <stdint.h>

namespace lfm2rt::platform {

#if defined(__x86_64__)

enum : long {
  SysRead = 0,
  SysWrite = 1,
  SysClose = 3,
  SysStat = 4,
  SysFstat = 5,
  SysMmap = 9,
  SysMunmap = 11,
  SysRtSigaction = 13,
  SysIoctl = 16,
  SysPread64 = 17,
  SysSchedYield = 24,
  SysMadvise = 28,
  SysGetpid = 39,
  SysClone = 56,
  SysExit = 60,
  SysRename = 82,
  SysUnlink = 87,
  SysReadlink = 89,
  SysGetrusage = 98,
  SysArchPrctl = 158,
  SysFutex = 202,
  SysSchedSetaffinity = 203,
  SysSchedGetaffinity = 204,
  SysClockGettime = 228,
  SysExitGroup = 231,
  SysOpenat = 257,
  SysGetrandom = 318,
};

inline long systemCall(long number, long a = 0, long b = 0, long c = 0,
                       long d = 0, long e = 0, long f = 0) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8),
                     "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}

#else
#error "this architecture's system calls are not described yet"
#endif

inline long pointer(const void *p) {
  return long(reinterpret_cast<uintptr_t>(p));
}

enum : long { ErrorInterrupted = -4, ErrorAgain = -11, AtCwd = -100 };

} // namespace lfm2rt::platform

#endif
