// The same over a C library: any with POSIX threads and files.
#include "runtime/platform/Platform.h"
#include "runtime/src/Support.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#endif

namespace lfm2rt::platform {

static void *runThread(void *argument) {
  auto *thread = static_cast<Thread *>(argument);
  thread->function(thread->argument);
  return nullptr;
}

int64_t startThread(Thread &thread, void *stack, uint64_t stackBytes) {
  static_assert(sizeof(pthread_t) <= sizeof(thread.handle),
                "handle holds a pthread_t");
  pthread_attr_t attributes;
  if (int error = pthread_attr_init(&attributes))
    return -error;
  // Where the library wants more room than ours, it takes a stack of its own.
  pthread_attr_setstack(&attributes, stack, stackBytes);
  pthread_t handle;
  int error = pthread_create(&handle, &attributes, runThread, &thread);
  pthread_attr_destroy(&attributes);
  if (error)
    return -error;
  memcpy(&thread.handle, &handle, sizeof(handle));
  return 0;
}

void joinThread(Thread &thread) {
  pthread_t handle;
  memcpy(&handle, &thread.handle, sizeof(handle));
  pthread_join(handle, nullptr);
}

#if defined(__linux__)
void waitWhile(const uint32_t *word, uint32_t value) {
  syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, nullptr, nullptr, 0);
}
void wakeAll(const uint32_t *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
}
#else
void waitWhile(const uint32_t *, uint32_t) {
  const timespec pause = {0, 200 * 1000};
  nanosleep(&pause, nullptr);
}
void wakeAll(const uint32_t *) {}
#endif

void yield() { sched_yield(); }

uint32_t cores() {
#if defined(__linux__)
  // Through the kernel: <sched.h> declares its set only to GNU programs.
  uint64_t mask[128] = {};
  long bytes = syscall(SYS_sched_getaffinity, 0, sizeof(mask), mask);
  long count = 0;
  for (long i = 0; i * 8 < bytes; ++i)
    count += __builtin_popcountll(mask[i]);
#else
  long count = sysconf(_SC_NPROCESSORS_ONLN);
#endif
  return count > 0 ? uint32_t(count) : 1;
}

uint32_t process() { return uint32_t(getpid()); }

#if defined(__linux__)
uint64_t atStart(uint64_t kind) { return getauxval(kind); }
#else
uint64_t atStart(uint64_t) { return 0; }
#endif

int64_t useRegisters(uint32_t component) {
#if defined(__linux__) && defined(__x86_64__)
  constexpr long requestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
  if (syscall(SYS_arch_prctl, requestPermission, long(component)) < 0)
    return -errno;
#else
  (void)component;
#endif
  return 0;
}

uint64_t nanoseconds() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return uint64_t(now.tv_sec) * 1000000000 + uint64_t(now.tv_nsec);
}

int64_t openForReading(const char *path) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  return file < 0 ? -errno : file;
}

int64_t fileBytes(int64_t file) {
  struct stat status;
  if (fstat(int(file), &status) < 0)
    return -errno;
  return S_ISDIR(status.st_mode) ? -EISDIR : int64_t(status.st_size);
}

int64_t readAt(int64_t file, void *to, uint64_t bytes, uint64_t offset) {
  uint64_t done = 0;
  while (done < bytes) {
    ssize_t n = pread(int(file), static_cast<char *>(to) + done, bytes - done,
                      off_t(offset + done));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return -errno;
    if (n == 0)
      break;
    done += uint64_t(n);
  }
  return int64_t(done);
}

int64_t mapFile(int64_t file, uint64_t offset, uint64_t bytes, void **mapping) {
  void *result =
      mmap(nullptr, bytes, PROT_READ, MAP_SHARED, int(file), off_t(offset));
  if (result == MAP_FAILED)
    return -errno;
  *mapping = result;
  return 0;
}

void closeFile(int64_t file) { close(int(file)); }

void unmap(void *mapping, uint64_t bytes) { munmap(mapping, bytes); }

} // namespace lfm2rt::platform
