#include "lib/Engine/Context.h"

#include "lib/Engine/Failure.h"

#include <algorithm>
#include <fstream>
#include <sched.h>
#include <sys/mman.h>

namespace lfm2e {

Context::Context(std::shared_ptr<const Model> model,
                 const lfm2rt_context_options &asked)
    : owner(std::move(model)) {
  lfm2rt_context_options options = asked;
  options.zeroed = 1; // Fresh pages of the system are.
  size = api().context_size(&owner->model(), &options);
  lfm2rt_error error = {};
  // Without a size the runtime says what is not possible.
  if (size) {
    memory = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
      memory = nullptr;
      throw Failure(LFM2RT_NO_MEMORY,
                    "expected " + std::to_string(size) +
                        " bytes of memory for a conversation, found less; "
                        "free some, or use a smaller context",
                    size);
    }
  }
  if (api().context_create(&context, &owner->weights(), &options, memory, size,
                           &error) == LFM2RT_OK)
    return;
  if (memory)
    munmap(memory, size);
  throw Failure(error);
}

Context::~Context() {
  api().context_destroy(context);
  munmap(memory, size);
}

/// What Linux's cpu.max says, as "150000 100000"; 0: no limit.
static uint32_t quotaCores() {
  uint64_t quota = 0, period = 0;
  std::ifstream file("/sys/fs/cgroup/cpu.max");
  file >> quota >> period;
  return file && period ? uint32_t((quota + period - 1) / period) : 0;
}

uint32_t usableCores() {
  cpu_set_t set;
  uint32_t cores = 1;
  if (sched_getaffinity(0, sizeof(set), &set) == 0)
    cores = std::max(1, CPU_COUNT(&set));
  uint32_t quota = quotaCores();
  // As many threads as a context may have.
  return std::min({cores, quota ? quota : cores, 64u});
}

} // namespace lfm2e
