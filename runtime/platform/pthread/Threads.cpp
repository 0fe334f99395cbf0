// Threads of a C library, for libraries that are made without its headers. What
// is declared here is the same in all of them on 64-bit ARM: glibc, musl,
// Bionic and Apple's.
#include "runtime/platform/Platform.h"
#include "runtime/src/Support.h"

extern "C" {
struct alignas(16) pthread_attr {
  uint8_t bytes[128]; // More than any of them takes.
};
typedef void *pthread_handle;
int pthread_attr_init(pthread_attr *attributes);
int pthread_attr_destroy(pthread_attr *attributes);
int pthread_attr_setstack(pthread_attr *attributes, void *stack, size_t bytes);
int pthread_create(pthread_handle *thread, const pthread_attr *attributes,
                   void *(*function)(void *), void *argument);
int pthread_join(pthread_handle thread, void **result);
}

namespace lfm2rt::platform {

static void *runThread(void *argument) {
  auto *thread = static_cast<Thread *>(argument);
  thread->function(thread->argument);
  return nullptr;
}

int64_t startThread(Thread &thread, void *stack, uint64_t stackBytes) {
  pthread_attr attributes;
  if (int error = pthread_attr_init(&attributes))
    return -error;
  // Where the library wants another stack than ours, it takes one of its own.
  pthread_attr_setstack(&attributes, stack, stackBytes);
  pthread_handle handle;
  int error = pthread_create(&handle, &attributes, runThread, &thread);
  pthread_attr_destroy(&attributes);
  if (error)
    return -error;
  thread.handle = reinterpret_cast<uintptr_t>(handle);
  return 0;
}

void joinThread(Thread &thread) {
  pthread_join(reinterpret_cast<pthread_handle>(thread.handle), nullptr);
}

} // namespace lfm2rt::platform
