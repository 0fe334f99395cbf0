// No system: nothing to start threads with, and no files. Weights are given in
// memory; threads are the application's, by lfm2rt_parallel_fn, one for each
// core or hardware thread that it has. What the processor itself tells stands
// beside, a file for each architecture.
#include "runtime/platform/Platform.h"

namespace lfm2rt::platform {
namespace {
constexpr int64_t noSuchFunction = -38;
} // namespace

int64_t startThread(Thread &, void *, uint64_t) { return noSuchFunction; }
void joinThread(Thread &) {}
void waitWhile(const uint32_t *, uint32_t) { yield(); }
void wakeAll(const uint32_t *) {}

uint32_t process() { return 0; }
int64_t useRegisters(uint32_t) { return 0; }

int64_t openForReading(const char *) { return noSuchFunction; }
int64_t fileBytes(int64_t) { return noSuchFunction; }
int64_t readAt(int64_t, void *, uint64_t, uint64_t) { return noSuchFunction; }
int64_t mapFile(int64_t, uint64_t, uint64_t, void **) { return noSuchFunction; }
void closeFile(int64_t) {}
void unmap(void *, uint64_t) {}

} // namespace lfm2rt::platform
