// How many guesses a context asks for: twice as many where all were right, one
// more than were right where not, and none for a while where none was, for
// longer each time.
#ifndef LFM2RT_SRC_DRAFTING_H
#define LFM2RT_SRC_DRAFTING_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

struct Drafting {
  static constexpr uint32_t first = 4, longestRest = 32; // Tokens, steps.

  lfm2rt_draft_counts counts;
  uint32_t length, rest, pause;

  void start() { *this = {{}, first, 0, 1}; }
  // Whether no guess is asked for in this step.
  bool rests() {
    bool resting = rest > 0;
    rest -= resting;
    return resting;
  }
  void note(uint32_t guesses, uint32_t right) {
    ++counts.steps;
    counts.guessed += guesses;
    counts.right += right;
    if (right == guesses) {
      length = min(max(length, 2 * guesses), uint32_t(LFM2RT_MOST_DRAFTS));
    } else {
      length = right + 1;
    }
    if (right > 0) {
      pause = 1;
    } else {
      rest = pause;
      pause = min(2 * pause, longestRest);
    }
  }
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_DRAFTING_H
