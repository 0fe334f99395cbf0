// Insides of lfm2rt_context.
//
// All memory of a context is one block of the caller's. Its parts, in order:
// this structure, the engine, lines of the pool, tokens, what describes a
// step's runs, marks and candidates of the sampler, logits, convolution states
// that are kept, the state, scratch, what stands for near memory where the
// caller has none, stacks. What a short conversation leaves untouched (the tail
// of the state, stacks) is at page boundaries of its own, so that untouched
// pages cost nothing. Where the engine is a device, it has state and scratch.
#ifndef LFM2RT_SRC_CONTEXT_H
#define LFM2RT_SRC_CONTEXT_H

#include "runtime/sampler/Sampler.h"
#include "runtime/src/Drafting.h"
#include "runtime/src/Engine.h"
#include "runtime/src/Marks.h"
#include "runtime/src/Model.h"
#include "runtime/src/Pool.h"
#include "runtime/src/Shares.h"

namespace lfm2rt {
struct Profile;
} // namespace lfm2rt

struct lfm2rt_context {
  const lfm2rt_weights *weights;
  const lfm2_program *program;
  const lfm2_variant *variant;
  lfm2rt::Engine *engine;
  lfm2rt::Pool pool;
  lfm2rt::Sampler sampler;
  lfm2rt::Sampler::Memory samplerMemory;
  const lfm2rt_text *stops; // That end a generated text; the caller's.
  uint32_t numStops;
  int32_t stoppedBy; // Which ended the last one; -1: none.
  lfm2rt_allow_fn allow;
  void *allowUser;
  lfm2rt::Profile *profile; // Where steps are measured, or nullptr.

  int32_t *tokens; // [capacity + 1]: those read, then what is about to be read.
  lfm2_run *runs;  // [most] of the step that runs.
  int32_t *tokenRuns, *logitTokens; // [chunk] of it; see lfm2_step.
  int32_t *turnTokens;              // [chunk] of a step of several contexts.
  float *rowLogits; // [logits of a step, vocabulary], of several contexts or
                    // of guesses.
  float *logits;    // [vocabulary], of the last token where hasLogits.
  uint8_t *state;   // See lfm2_program; an address of the engine's.
  uint8_t *fixed;   // State before the chunk that runs, its convolutions only.
  uint8_t *scratch;
  uint8_t *near; // A part for each thread: see lfm2_step.
  lfm2rt::Shares shares;
  lfm2rt::Marks marks;
  lfm2rt_drafter drafter; // Without a function: none.
  lfm2rt_guide guide;     // The same.
  lfm2rt::Drafting drafting;
  uint32_t turns;      // Most contexts of a step.
  uint32_t drafts;     // Most guesses of one.
  uint32_t mostLogits; // Of one step, each of a token.
  uint32_t capacity;   // A multiple of LFM2_CONTEXT_GRANULE.
  uint32_t position;
  int32_t pending; // A token that was generated and is not read yet, or -1.
  bool hasLogits;
  // Where the hidden states of the tokens that are read go, or nullptr: room
  // for those of hiddenCapacity tokens, of which hiddenCount are there.
  float *hidden;
  uint32_t hiddenCapacity, hiddenCount;
  uint32_t cancel; // Set by any thread. Cleared by the call that ends by it,
                   // and by whoever knows that it came too late.
};

namespace lfm2rt {

// Of a bidirectional model, tokens that the states of a step's texts have room
// for.
constexpr uint64_t stateTokens(uint32_t capacity) {
  return LFM2_TEXTS_STATE * uint64_t(capacity);
}
// The most texts of a step.
constexpr uint64_t mostRuns(uint32_t capacity) {
  return stateTokens(capacity) / LFM2_CONTEXT_GRANULE;
}

// Draws what follows the first `count` of context.tokens, of which these are
// the logits. -1 where they are no finite numbers.
int32_t drawFrom(lfm2rt_context &context, const float *logits, uint32_t count);

// Whether all logits are finite numbers.
bool areFinite(const float *logits, uint64_t count);
// That they, or other `numbers`, are not, as an error.
lfm2rt_status notFinite(lfm2rt_error *error, const char *numbers = "logits");

} // namespace lfm2rt

#endif // LFM2RT_SRC_CONTEXT_H
