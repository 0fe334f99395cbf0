// Linux system calls, without a C library. Returns what the kernel returns:
// -errno on failure.
#ifndef LFM2RT_PLATFORM_LINUX_SYSCALL_H
#define LFM2RT_PLATFORM_LINUX_SYSCALL_H

#include <stddef.h>
#include <stdint.h>

namespace lfm2rt::platform {

#if defined(__x86_64__)

enum : long {
  SysRead = 0,
  SysWrite = 1,
  SysClose = 3,
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
  SysKill = 62,
  SysFtruncate = 77,
  SysGetrusage = 98,
  SysArchPrctl = 158,
  SysFutex = 202,
  SysSchedSetaffinity = 203,
  SysSchedGetaffinity = 204,
  SysClockGettime = 228,
  SysExitGroup = 231,
  SysOpenat = 257,
  SysNewfstatat = 262,
  SysUnlinkat = 263,
  SysRenameat = 264,
  SysReadlinkat = 267,
  SysPpoll = 271,
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

// What is read of struct stat.
struct FileStatus {
  uint64_t fileSystem, number, links;
  uint32_t mode, user;
  uint64_t group, device;
  int64_t size;
  uint64_t after[16];
};

#elif defined(__aarch64__) || defined(__hexagon__)

// The numbers and structures of all newer architectures.
enum : long {
  SysIoctl = 29,
  SysUnlinkat = 35,
  SysRenameat = 38,
  SysFtruncate = 46,
  SysOpenat = 56,
  SysClose = 57,
  SysRead = 63,
  SysWrite = 64,
  SysPread64 = 67,
  SysPpoll = 73,
  SysReadlinkat = 78,
  SysNewfstatat = 79,
  SysFstat = 80,
  SysExit = 93,
  SysExitGroup = 94,
  SysFutex = 98,
  SysClockGettime = 113,
  SysSchedSetaffinity = 122,
  SysSchedGetaffinity = 123,
  SysSchedYield = 124,
  SysKill = 129,
  SysRtSigaction = 134,
  SysGetrusage = 165,
  SysPrctl = 167,
  SysGetpid = 172,
  SysMunmap = 215,
  SysClone = 220,
  SysMmap = 222,
  SysMadvise = 233,
  SysWait4 = 260,
  SysGetrandom = 278,
};

#if defined(__aarch64__)
inline long systemCall(long number, long a = 0, long b = 0, long c = 0,
                       long d = 0, long e = 0, long f = 0) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
#else
inline long systemCall(long number, long a = 0, long b = 0, long c = 0,
                       long d = 0, long e = 0, long f = 0) {
  register long r6 __asm__("r6") = number;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  register long r5 __asm__("r5") = f;
  __asm__ volatile("trap0(#1)"
                   : "+r"(r0)
                   : "r"(r6), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
                   : "memory");
  return r0;
}
#endif

// What is read of struct stat.
struct FileStatus {
  uint64_t fileSystem, number;
  uint32_t mode, links;
  uint64_t owner, device, padding;
  int64_t size;
  uint64_t after[16];
};

#else
#error "this architecture's system calls are not described yet"
#endif

inline long pointer(const void *p) {
  return long(reinterpret_cast<uintptr_t>(p));
}

enum : long {
  ErrorInterrupted = -4,
  ErrorAgain = -11,
  ErrorNoMemory = -12,
  AtCwd = -100,
  // To open files of 2 GiB and more, which is always so on 64-bit machines.
  LargeFiles = sizeof(long) == 8 ? 0 : 0100000
};

// Where a register has 32 bits, an offset in a file takes two, the first of
// them of an even number.
inline long readFrom(long file, void *to, size_t bytes, uint64_t offset) {
  if constexpr (sizeof(long) == sizeof(offset))
    return systemCall(SysPread64, file, pointer(to), long(bytes), long(offset));
  else
    return systemCall(SysPread64, file, pointer(to), long(bytes), 0,
                      long(offset), long(offset >> 32));
}

// Makes a file that is open for writing so long.
inline long cutFile(long file, uint64_t bytes) {
  if constexpr (sizeof(long) == sizeof(bytes))
    return systemCall(SysFtruncate, file, long(bytes));
  else
    return systemCall(SysFtruncate, file, 0, long(bytes), long(bytes >> 32));
}

// There, too, a mapping begins at a number of units of 4096 bytes. What is no
// address is -errno. The kernel of Hexagon has pages of up to 64 KiB.
inline bool isError(long result) { return result < 0 && result > -4096; }
inline long map(uint64_t bytes, long access, long flags, long file,
                uint64_t offset) {
  if (bytes != size_t(bytes))
    return ErrorNoMemory;
  if constexpr (sizeof(long) < sizeof(offset))
    offset /= 4096;
  return systemCall(SysMmap, 0, long(bytes), access, flags, file, long(offset));
}

} // namespace lfm2rt::platform

#endif // LFM2RT_PLATFORM_LINUX_SYSCALL_H
