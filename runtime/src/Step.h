// One step of a context, by its engine.
#ifndef LFM2RT_SRC_STEP_H
#define LFM2RT_SRC_STEP_H

#include "runtime/src/Context.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

// Fails where the threads of the context are in another process.
lfm2rt_status checkProcess(const lfm2rt_context &context, lfm2rt_error *error);

// The smallest step for so many tokens, or the largest there is.
const lfm2_entry &entryFor(const lfm2_variant &variant, uint32_t count);

// Runs `step` by the engine of `context`, whose memory it may use. The caller
// has set what differs between steps: tokens, their count, runs or state and
// position, embeddings and outputs. Returns LFM2RT_CANCELLED, without an error,
// when it was given up, which happens to a step that `mayEnd` after
// lfm2rt_cancel(); a device may be lost.
inline lfm2rt_status runStep(lfm2rt_context &context, const lfm2_entry &entry,
                             lfm2_step &step, bool mayEnd,
                             lfm2rt_error *error) {
  return context.engine->run(entry, step, mayEnd, error);
}

// The most tokens that a bidirectional model reads in one step.
inline uint32_t stepLimit(const lfm2rt_context &context) {
  const lfm2_variant &variant = *context.variant;
  return min(context.capacity,
             uint32_t(variant.entries[variant.num_entries - 1].tokens));
}

// Whether steps of the entry list their runs.
inline bool listsRuns(const lfm2_program &program, const lfm2_entry &entry) {
  return entry.tokens > 1 || isBidirectional(program);
}

// A step writes over the columns of convolutions, and over nothing else that
// was read. One that may be given up is run between these two: they are kept,
// and brought back where it was. Where a device is lost the step fails.
inline void keepColumns(lfm2rt_context &context) { context.engine->keep(); }
inline void bringBackColumns(lfm2rt_context &context) {
  context.engine->bringBack();
}

// Makes the step one of the next token of `context`, of an entry without runs.
inline void standAt(lfm2_step &step, const lfm2rt_context &context) {
  step.count = 1;
  step.state = context.state;
  step.position = int32_t(context.position);
  step.context = int32_t(context.capacity);
}

// The runs of a step, as they are added, in the memory of the context whose
// threads run it.
class Runs {
public:
  explicit Runs(lfm2rt_context &by) : by(by) {}
  // The next `count` tokens of the step: those from `position` on of a sequence
  // whose state lies at `state` and has room for `capacity` tokens.
  void add(uint32_t count, uint32_t position, uint32_t capacity,
           const uint8_t *state);
  // The token of this number in the step leaves logits, behind those before.
  void askLogits(uint32_t token) {
    by.logitTokens[numLogits++] = int32_t(token);
  }
  // Sets the fields of the step that say this.
  void describe(lfm2_step &step) const;

  const lfm2_run &operator[](uint32_t i) const { return by.runs[i]; }
  uint32_t size() const { return numRuns; }
  uint32_t tokens() const { return numTokens; }

private:
  lfm2rt_context &by;
  uint32_t numRuns = 0, numTokens = 0, numLogits = 0;
};

// The texts of a step of a bidirectional model, as they come: each has a state
// of its own, and all have room in that of the context.
class Texts {
public:
  explicit Texts(lfm2rt_context &context) : context(context), runs(context) {}
  // Adds one behind those that are there; false when it does not fit.
  bool add(const int32_t *ids, uint32_t tokens);
  // Reads them; `outputs` says where to. With `logits` there, all tokens leave
  // some. Returns what runStep() does.
  lfm2rt_status read(const lfm2_step &outputs, lfm2rt_error *error);
  const lfm2_run &operator[](uint32_t i) const { return runs[i]; }
  uint32_t size() const { return runs.size(); }
  uint32_t tokens() const { return runs.tokens(); }

private:
  lfm2rt_context &context;
  Runs runs;
  uint64_t stateUsed = 0; // Tokens of the state.
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_STEP_H
