#include "runtime/src/Pool.h"
#include "runtime/platform/Ticks.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb" ::: "memory");
#elif defined(__hexagon__)
  __asm__ volatile("pause(#16)" ::: "memory"); // Cycles.
#endif
}

// Waits until *word may no longer be `seen`, at most some 0.1 ms, in rounds of
// relax(); returns for how many that was, in which the core may have rested.
int doze(const uint32_t *word, uint32_t seen) {
#if defined(__aarch64__)
  // A store to the word by another core is an event, and Linux makes one each
  // 0.1 ms.
  uint32_t now;
  __asm__ volatile("ldaxr %w0, [%1]" : "=r"(now) : "r"(word) : "memory");
  if (now == seen)
    __asm__ volatile("wfe" ::: "memory");
  return 1 << 11;
#else
  (void)word, (void)seen;
  relax();
  return 1;
#endif
}

// Rounds of relax(), 10 to 40 ns each. Threads of a phase end within a few
// microseconds of each other, so one that is waited for longer may have lost
// its core. Where there are fewer cores than threads, one of ours waits for
// this core, and is given it soon. Elsewhere it is another program that has a
// core: it would take this one as well, for milliseconds, so patience is
// better. A yield that finds nobody costs half a microsecond; between two of
// them a little is waited as well.
constexpr int spinsWhenCrowded = 1 << 5, spinsWhenNot = 1 << 13,
              spinsBetweenYields = 32;
// Longer than threads that compute usually wait for each other; more than
// spinsWhenCrowded, since a core that rests is of no use to the other thread.
constexpr int spinsBeforeDoze = 1 << 6;
// Sampling takes 10 to 200 us; longer than that, the caller is elsewhere.
constexpr int spinsBeforeSleep = 1 << 13;

} // namespace

int64_t Pool::start(uint32_t threads, void *lineMemory, void *stacks,
                    lfm2rt_parallel_fn parallelFn, void *user,
                    lfm2rt_thread_fn threadFn, void *threadUser) {
  lines = static_cast<Line *>(lineMemory);
  memset(lineMemory, 0, size_t(lineBytes(threads)));
  parallel = parallelFn;
  parallelUser = user;
  onThread = threadFn;
  onThreadUser = threadUser;
  numThreads = threads;
  process = platform::process();
  notes = nullptr;
  spinsBeforeYield =
      threads > platform::cores() ? spinsWhenCrowded : spinsWhenNot;
  round = 0;
  sleepers = 0;
  if (parallel)
    return 0;
  for (uint32_t i = 1; i < threads; ++i) {
    Line &line = lines[i];
    line.pool = this;
    line.thread = int32_t(i);
    line.system.function = work;
    line.system.argument = &line;
    int64_t result = platform::startThread(
        line.system, static_cast<char *>(stacks) + (i - 1) * stackBytes,
        stackBytes);
    if (result < 0) {
      numThreads = i;
      stop();
      return result;
    }
  }
  return 0;
}

void Pool::stop() {
  if (!parallel && numThreads > 1 && !isElsewhere()) {
    task = nullptr;
    __atomic_add_fetch(&round, 1, __ATOMIC_SEQ_CST);
    platform::wakeAll(&round);
    for (uint32_t i = 1; i < numThreads; ++i)
      platform::joinThread(lines[i].system);
  }
  numThreads = 0;
}

int32_t Pool::barrier(int32_t thread, const uint32_t *stop) {
  if (!notes)
    return meet(thread, stop);
  noteNow(thread);
  int32_t told = meet(thread, stop);
  noteNow(thread);
  return told;
}

void Pool::noteNow(int32_t thread) {
  uint64_t *mine = notes + uint64_t(thread) * notesPerThread;
  if (mine[0] + 1 < notesPerThread)
    mine[++mine[0]] = ticks();
}

int32_t Pool::meet(int32_t thread, const uint32_t *stop) {
  Line &mine = lines[thread];
  uint32_t number = mine.reached + 1;
  if (thread == 0 && stop && !mine.givenUpAt &&
      __atomic_load_n(stop, __ATOMIC_RELAXED))
    __atomic_store_n(&mine.givenUpAt, number, __ATOMIC_RELAXED);
  store(&mine.reached, number);
  for (uint32_t i = 0; i < numThreads; ++i) {
    // The difference, so that the numbers may wrap around.
    for (int spins = 0;;) {
      uint32_t seen = load(&lines[i].reached);
      if (int32_t(seen - number) >= 0)
        break;
      if (++spins < min(spinsBeforeYield, spinsBeforeDoze)) {
        relax();
        continue;
      }
      if (spins < spinsBeforeYield) {
        spins += doze(&lines[i].reached, seen) - 1;
        continue;
      }
      platform::yield();
      spins -= spinsBetweenYields;
    }
  }
  uint32_t since = __atomic_load_n(&lines[0].givenUpAt, __ATOMIC_RELAXED);
  return since && int32_t(since - number) <= 0;
}

// The last barrier makes the caller wait until all shares are done; what it
// says is of no concern. After it the notes may be the caller's again.
void Pool::runShare(int32_t thread) {
  if (notes)
    noteNow(thread);
  task(argument, thread);
  if (notes)
    noteNow(thread);
  meet(thread, nullptr);
}

void Pool::work(void *line) {
  Pool &pool = *static_cast<Line *>(line)->pool;
  int32_t thread = static_cast<Line *>(line)->thread;
  if (pool.onThread)
    pool.onThread(thread, pool.onThreadUser);
  for (uint32_t seen = 0;;) {
    for (int spins = 0; load(&pool.round) == seen; ++spins) {
      if (spins < spinsBeforeSleep) {
        relax();
        continue;
      }
      // Either run() sees that somebody sleeps, or the kernel sees the new
      // round.
      __atomic_add_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
      platform::waitWhile(&pool.round, seen);
      __atomic_sub_fetch(&pool.sleepers, 1, __ATOMIC_SEQ_CST);
    }
    ++seen;
    if (!pool.task)
      return;
    pool.runShare(thread);
  }
}

void Pool::run(Task newTask, void *newArgument) {
  task = newTask;
  argument = newArgument;
  store(&lines[0].givenUpAt, 0u);
  if (parallel) {
    parallel(
        [](void *pool, int32_t thread) {
          static_cast<Pool *>(pool)->runShare(thread);
        },
        this, int32_t(numThreads), parallelUser);
    return;
  }
  __atomic_add_fetch(&round, 1, __ATOMIC_SEQ_CST);
  if (__atomic_load_n(&sleepers, __ATOMIC_SEQ_CST))
    platform::wakeAll(&round);
  runShare(0);
}

} // namespace lfm2rt
