// macOS on Apple silicon, by functions of its C library that are declared here:
// libraries for it are made without its headers.
#include "runtime/platform/Platform.h"
#include "runtime/cpu/HwCap.h"

extern "C" {
int open(const char *path, int flags, ...);
int close(int file);
int64_t lseek(int file, int64_t offset, int from);
long pread(int file, void *to, size_t bytes, int64_t offset);
void *mmap(void *at, size_t bytes, int access, int flags, int file,
           int64_t offset);
int munmap(void *at, size_t bytes);
int *__error();
int sched_yield();
struct timespec {
  long seconds, nanoseconds;
};
int nanosleep(const timespec *time, timespec *left);
uint64_t clock_gettime_nsec_np(uint32_t clock);
long sysconf(int name);
int getpid();
int sysctlbyname(const char *name, void *value, size_t *bytes, void *next,
                 size_t nextBytes);
}

namespace lfm2rt::platform {
namespace {
constexpr int interrupted = 4;
int64_t failure() { return -int64_t(*__error()); }
} // namespace

// Apple's own ways to sleep on a word are not for everybody's programs.
void waitWhile(const uint32_t *, uint32_t) {
  const timespec pause = {0, 200 * 1000};
  nanosleep(&pause, nullptr);
}
void wakeAll(const uint32_t *) {}
void yield() { sched_yield(); }

uint32_t cores() {
  constexpr int processorsOnline = 58;
  long count = sysconf(processorsOnline);
  return count > 0 ? uint32_t(count) : 1;
}

uint32_t process() { return uint32_t(getpid()); }

int64_t useRegisters(uint32_t) { return 0; }

uint64_t nanoseconds() {
  constexpr uint32_t upTime = 8;
  return clock_gettime_nsec_np(upTime);
}

// As Linux would, what cpu/AArch64.cpp looks at.
uint64_t atStart(uint64_t kind) {
  struct Feature {
    const char *name;
    uint8_t kind, bit;
  };
  constexpr Feature features[] = {
      {"hw.optional.arm.FEAT_FP16", hwcap::Word, hwcap::FullFP16},
      {"hw.optional.arm.FEAT_DotProd", hwcap::Word, hwcap::DotProd},
      {"hw.optional.arm.FEAT_I8MM", hwcap::Word2, hwcap::I8MM},
      {"hw.optional.arm.FEAT_BF16", hwcap::Word2, hwcap::BF16},
      {"hw.optional.arm.FEAT_SME", hwcap::Word2, hwcap::SME},
  };
  uint64_t bits = 0;
  for (const Feature &feature : features) {
    uint32_t value = 0;
    size_t bytes = sizeof(value);
    if (feature.kind == kind &&
        sysctlbyname(feature.name, &value, &bytes, nullptr, 0) == 0 && value)
      bits |= uint64_t(1) << feature.bit;
  }
  return bits;
}

int64_t openForReading(const char *path) {
  constexpr int readOnlyCloseOnExec = 0x01000000;
  int file = open(path, readOnlyCloseOnExec);
  return file < 0 ? failure() : file;
}

int64_t fileBytes(int64_t file) {
  constexpr int fromEnd = 2;
  uint8_t byte;
  if (pread(int(file), &byte, 1, 0) < 0) // A directory, say.
    return failure();
  int64_t bytes = lseek(int(file), 0, fromEnd);
  return bytes < 0 ? failure() : bytes;
}

int64_t readAt(int64_t file, void *to, uint64_t bytes, uint64_t offset) {
  uint64_t done = 0;
  while (done < bytes) {
    long n = pread(int(file), static_cast<char *>(to) + done, bytes - done,
                   int64_t(offset + done));
    if (n < 0 && *__error() == interrupted)
      continue;
    if (n < 0)
      return failure();
    if (n == 0)
      break;
    done += uint64_t(n);
  }
  return int64_t(done);
}

int64_t mapFile(int64_t file, uint64_t offset, uint64_t bytes, void **mapping) {
  constexpr int readAccess = 1, shared = 1;
  void *result =
      mmap(nullptr, bytes, readAccess, shared, int(file), int64_t(offset));
  if (reinterpret_cast<intptr_t>(result) == -1)
    return failure();
  *mapping = result;
  return 0;
}

void closeFile(int64_t file) { close(int(file)); }

void unmap(void *mapping, uint64_t bytes) { munmap(mapping, bytes); }

} // namespace lfm2rt::platform
