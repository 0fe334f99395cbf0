// Where the time of steps goes, measured between barriers.
//
// All of it lies in one block of the caller's: this structure, a sum for each
// stretch of each entry, then steps with the ticks of their threads. Threads,
// or the device, which is one, write into the step that runs; when it has
// ended, the caller's thread adds it up. Steps stay as long as there is room
// for one more.
#ifndef LFM2RT_SRC_PROFILE_H
#define LFM2RT_SRC_PROFILE_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {

struct Profile {
  struct Sum {
    uint64_t calls, tokens, ticks, busy, bytes, macs;
  };
  // Followed by the notes of the threads.
  struct alignas(64) Step {
    const lfm2_entry *entry;
    int32_t position; // Of the first token.
    int32_t count, logits;
    // Positions in the caches that are read, and those that tokens attend to,
    // summed over the tokens.
    uint64_t cached, attended;
    uint64_t started; // Ticks.
  };

  // Around each step. Between them thread t notes from the word t *
  // wordsPerThread() on what begin() returns: how many ticks it has noted,
  // which is 0 before, then when it began and was done with each place.
  // nullptr: nothing is known of this entry.
  uint64_t *begin(const lfm2_entry &entry, const lfm2_step &step);
  void end();
  // Ticks of a nanosecond, the better known the longer the profile runs.
  double tickRate() const;

  // Words of a thread's notes in a step of the entry.
  static uint64_t wordsPerThread(const lfm2_entry &entry);
  uint64_t stepBytes(const lfm2_entry &entry) const;
  static uint64_t *notesOf(Step &step, int32_t thread) {
    return reinterpret_cast<uint64_t *>(&step + 1) +
           uint64_t(thread) * wordsPerThread(*step.entry);
  }

  const lfm2_variant *variant;
  int32_t threads;
  Sum *sums; // Of the first entry's stretches, then of the second's, ...
  uint8_t *steps;
  uint64_t stepsBytes;
  uint64_t largest; // Bytes of the largest step.
  uint64_t used;    // Bytes of the steps that are kept; what follows is free.
  Step *running;    // nullptr between steps.
  uint64_t startTicks, startNanoseconds;
  // Of each thread, in its best step: ticks for a multiply-add of all threads
  // together. [0] in steps of one token, [1] of more; 0: there was none.
  double pace[2][LFM2_MAX_THREADS];

private:
  bool isWhole(Step &step) const;
  void addUp(Step &step);
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_PROFILE_H
