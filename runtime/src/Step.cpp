#include "runtime/src/Step.h"
#include "runtime/src/Message.h"

namespace lfm2rt {
lfm2rt_status checkProcess(const lfm2rt_context &context, lfm2rt_error *error) {
  if (!context.engine->isElsewhere())
    return LFM2RT_OK;
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "the threads of this context, or its device, are in the process "
            "that made it; make a context after fork()";
}

const lfm2_entry &entryFor(const lfm2_variant &variant, uint32_t count) {
  uint32_t i = 0;
  while (i + 1 < variant.num_entries &&
         uint32_t(variant.entries[i].tokens) < count)
    ++i;
  return variant.entries[i];
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

lfm2rt_status Texts::read(const lfm2_step &outputs, lfm2rt_error *error) {
  lfm2_step step = outputs;
  for (uint32_t t = 0; step.logits && t < runs.tokens(); ++t)
    runs.askLogits(t);
  runs.describe(step);
  step.tokens = context.tokens;
  const lfm2_entry &entry = entryFor(*context.variant, runs.tokens());
  return runStep(context, entry, step, /*mayEnd=*/true, error);
}

} // namespace lfm2rt
