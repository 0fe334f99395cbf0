// One step of a context, by all of its threads.
#ifndef LFM2RT_SRC_STEP_H
#define LFM2RT_SRC_STEP_H

#include "runtime/src/Context.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

// Fails where the threads of the context are in another process.
lfm2rt_status checkProcess(const lfm2rt_context &context, lfm2rt_error *error);

// The smallest step for so many tokens, or the largest there is.
const lfm2_entry &entryFor(const lfm2_variant &variant, uint32_t count);

// Runs `step`, of which the caller has set what differs between steps: tokens,
// their count and position, embeddings, runs and outputs. Returns false when
// it was given up, which happens to a step that `mayEnd` after lfm2rt_cancel().
bool runStep(lfm2rt_context &context, const lfm2_entry &entry, lfm2_step &step,
             bool mayEnd);

// The most tokens that a bidirectional model reads in one step.
inline uint32_t stepLimit(const lfm2rt_context &context) {
  const lfm2_variant &variant = *context.variant;
  return min(context.capacity,
             uint32_t(variant.entries[variant.num_entries - 1].tokens));
}

// The texts of a step of a bidirectional model, as they come: each has a state
// of its own, and all have room in that of the context.
class Runs {
public:
  explicit Runs(lfm2rt_context &context) : context(context) {}
  // Adds one behind those that are there; false when it does not fit.
  bool add(const int32_t *ids, uint32_t tokens);
  // Reads them; `outputs` says where to. Returns what runStep() does.
  bool read(const lfm2_step &outputs);
  const lfm2_run &operator[](uint32_t i) const { return context.runs[i]; }
  uint32_t size() const { return numRuns; }
  uint32_t tokens() const { return numTokens; }

private:
  lfm2rt_context &context;
  uint32_t numRuns = 0, numTokens = 0;
  uint64_t stateUsed = 0; // Tokens of the state.
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_STEP_H
