#include "runtime/src/Step.h"
#include "runtime/src/Message.h"
#include "runtime/src/Profile.h"

namespace lfm2rt {
namespace {

struct Call {
  lfm2_step_fn run;
  Pool *pool;
  // Seen by thread 0 to be other than 0, the step ends; may be nullptr.
  const uint32_t *cancel;
  const lfm2_step *step;
};

int32_t stepBarrier(const lfm2_step *step, int32_t thread) {
  auto *call = static_cast<const Call *>(step->user);
  return call->pool->barrier(thread, call->cancel);
}

void runShare(void *argument, int32_t thread) {
  auto *call = static_cast<const Call *>(argument);
  call->run(call->step, thread);
}

} // namespace

lfm2rt_status checkProcess(const lfm2rt_context &context, lfm2rt_error *error) {
  if (!context.pool.isElsewhere())
    return LFM2RT_OK;
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "the threads of this context are in the process that made it; "
            "make a context after fork()";
}

const lfm2_entry &entryFor(const lfm2_variant &variant, uint32_t count) {
  uint32_t i = 0;
  while (i + 1 < variant.num_entries &&
         uint32_t(variant.entries[i].tokens) < count)
    ++i;
  return variant.entries[i];
}

bool runStep(lfm2rt_context &context, const lfm2_entry &entry, lfm2_step &step,
             bool mayEnd) {
  Call call = {entry.run, &context.pool, mayEnd ? &context.cancel : nullptr,
               &step};
  step.weights = context.weights->section[LFM2_SECTION_WEIGHTS];
  step.scratch = context.scratch;
  step.threads = int32_t(context.pool.size());
  step.near_bytes = int32_t(entry.near_bytes);
  step.near = context.near;
  step.barrier = stepBarrier;
  step.shares = context.shares.of(entry);
  step.user = &call;
  if (context.profile)
    context.profile->begin(context.pool, entry, step);
  context.pool.run(runShare, &call);
  if (context.profile)
    context.profile->end(context.pool);
  return !context.pool.wasGivenUp();
}

void Runs::add(uint32_t count, uint32_t position, uint32_t capacity,
               const uint8_t *state) {
  // As numbers: states of contexts lie in memory of their own.
  intptr_t at = intptr_t(state) - intptr_t(by.state);
  for (uint32_t t = 0; t < count; ++t)
    by.tokenRuns[numTokens + t] = int32_t(numRuns);
  by.runs[numRuns++] = {int32_t(numTokens), int32_t(count), int32_t(position),
                        int32_t(capacity), at};
  numTokens += count;
}

void Runs::describe(lfm2_step &step) const {
  step.count = int32_t(numTokens);
  step.state = by.state;
  step.runs = by.runs;
  step.num_runs = int32_t(numRuns);
  step.token_runs = by.tokenRuns;
  step.logit_tokens = by.logitTokens;
  step.num_logits = int32_t(numLogits);
}

bool Texts::add(const int32_t *ids, uint32_t tokens) {
  uint64_t room = alignUp(tokens, LFM2_CONTEXT_GRANULE);
  if (tokens > stepLimit(context) - runs.tokens() ||
      room > stateTokens(context.capacity) - stateUsed)
    return false;
  memmove(context.tokens + runs.tokens(), ids, tokens * sizeof(int32_t));
  runs.add(tokens, /*position=*/0, uint32_t(room),
           context.state + stateUsed * context.program->state_bytes_per_token);
  stateUsed += room;
  return true;
}

bool Texts::read(const lfm2_step &outputs) {
  lfm2_step step = outputs;
  for (uint32_t t = 0; step.logits && t < runs.tokens(); ++t)
    runs.askLogits(t);
  runs.describe(step);
  step.tokens = context.tokens;
  const lfm2_entry &entry = entryFor(*context.variant, runs.tokens());
  return runStep(context, entry, step, /*mayEnd=*/true);
}

} // namespace lfm2rt
