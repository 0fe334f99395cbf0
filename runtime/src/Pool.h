// The threads of a context, and the barrier between the phases of a step.
//
// A barrier is one padded line per thread, with the number of the barrier that
// the thread has reached; each thread waits until all lines have reached its
// own. One hop from core to core, against two for a counter that all must own.
//
// Whether a step is given up is decided by thread 0 alone and written into its
// line with the number of the barrier that it first holds for. So all threads
// read the same answer at the same barrier, however late they read.
//
// Within a step, threads spin, and yield their core when another spins too long
// on something that is not running. Between steps they spin a little, since the
// next token usually follows at once, and then sleep.
#ifndef LFM2RT_SRC_POOL_H
#define LFM2RT_SRC_POOL_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/platform/Platform.h"

namespace lfm2rt {

using Task = void (*)(void *argument, int32_t thread);

class Pool {
public:
  static constexpr uint32_t maxThreads = LFM2_MAX_THREADS;
  static constexpr uint64_t stackBytes = 256 * 1024;

  // Bytes of `lines` and of `stacks` below.
  static uint64_t lineBytes(uint32_t threads) { return threads * sizeof(Line); }
  static uint64_t stacksBytes(uint32_t threads) {
    return (threads - 1) * stackBytes;
  }

  // Starts threads - 1 threads, each of which first calls `onThread` if there
  // is one; or none when `parallel` is given. Returns 0, or -errno with nothing
  // started. `lines` is a multiple of 64, `stacks` of 4096.
  int64_t start(uint32_t threads, void *lines, void *stacks,
                lfm2rt_parallel_fn parallel, void *parallelUser,
                lfm2rt_thread_fn onThread = nullptr,
                void *onThreadUser = nullptr);
  void stop();

  // Runs task(argument, thread) on all threads, 0 being the caller's.
  void run(Task task, void *argument);

  // Within a task, on every thread. Returns 1 on all, from then on, once *stop
  // was seen to be non-zero by thread 0; 0 otherwise. `stop` may be NULL.
  int32_t barrier(int32_t thread, const uint32_t *stop);

  // Between runs: from now on each thread notes the ticks at which it begins a
  // task, arrives at and leaves each barrier, and ends, as far as there is
  // room; nullptr: no more. Thread t has words[t * perThread ...]: how many it
  // has noted, 0 before, then the ticks. perThread words are a multiple of 64
  // bytes.
  void note(uint64_t *words, uint64_t perThread) {
    notes = words;
    notesPerThread = perThread;
  }

  // After run(): whether a barrier of it said 1.
  bool wasGivenUp() const { return lines[0].givenUpAt != 0; }

  uint32_t size() const { return numThreads; }

  // Whether the threads were started by another process than this one, which
  // then has none of them: it was made by fork().
  bool isElsewhere() const {
    return !parallel && numThreads > 1 && process != platform::process();
  }

private:
  struct alignas(64) Line {
    uint32_t reached;   // Number of the last barrier this thread came to.
    uint32_t givenUpAt; // Thread 0: number of the first barrier to say 1, or 0.
    Pool *pool;
    int32_t thread;
    platform::Thread system;
  };
  static void work(void *line);
  void runShare(int32_t thread);
  int32_t meet(int32_t thread, const uint32_t *stop);
  void noteNow(int32_t thread);

  Line *lines = nullptr;
  uint32_t numThreads = 0;
  uint32_t process = 0; // That started them.
  int spinsBeforeYield = 0;
  uint64_t *notes = nullptr;
  uint64_t notesPerThread = 0;
  lfm2rt_parallel_fn parallel = nullptr;
  void *parallelUser = nullptr;
  lfm2rt_thread_fn onThread = nullptr;
  void *onThreadUser = nullptr;

  Task task = nullptr; // nullptr: the threads end.
  void *argument = nullptr;
  // Number of the task, raised by run(); the word that idle threads sleep on.
  alignas(64) uint32_t round = 0;
  uint32_t sleepers = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_POOL_H
