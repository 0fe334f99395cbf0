#include "runtime/src/Context.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

extern "C" uint32_t lfm2rt_position(const lfm2rt_context *context) {
  return context->position;
}

extern "C" uint32_t lfm2rt_capacity(const lfm2rt_context *context) {
  return context->capacity;
}

extern "C" const int32_t *lfm2rt_tokens(const lfm2rt_context *context) {
  return context->tokens;
}

extern "C" void lfm2rt_reset(lfm2rt_context *context) {
  // A new sequence starts from convolution columns of zeros.
  context->engine->clear(context->program->state_fixed_bytes);
  context->position = 0;
  context->pending = -1;
  context->hasLogits = false;
  context->hiddenCount = 0;
  context->marks.dropBehind(0);
}

extern "C" void lfm2rt_cancel(lfm2rt_context *context) {
  store(&context->cancel, 1u);
}

extern "C" void lfm2rt_set_sampling(lfm2rt_context *context,
                                    const lfm2rt_sampling *sampling) {
  context->sampler.set(*sampling, tokenizerOf(*context->weights));
}

extern "C" void lfm2rt_set_stops(lfm2rt_context *context,
                                 const lfm2rt_text *texts, uint32_t count) {
  context->stops = texts;
  context->numStops = count;
}

extern "C" int32_t lfm2rt_stopped_by(const lfm2rt_context *context) {
  return context->stoppedBy;
}

extern "C" void lfm2rt_set_allow(lfm2rt_context *context, lfm2rt_allow_fn allow,
                                 void *user) {
  context->allow = allow;
  context->allowUser = user;
}

extern "C" void lfm2rt_set_drafter(lfm2rt_context *context,
                                   const lfm2rt_drafter *drafter) {
  context->drafter = drafter ? *drafter : lfm2rt_drafter();
}

extern "C" void lfm2rt_draft_statistics(const lfm2rt_context *context,
                                        lfm2rt_draft_counts *counts) {
  *counts = context->drafting.counts;
}

extern "C" void lfm2rt_set_guide(lfm2rt_context *context,
                                 const lfm2rt_guide *guide) {
  context->guide = guide ? *guide : lfm2rt_guide();
}

extern "C" const float *lfm2rt_logits(const lfm2rt_context *context) {
  return context->hasLogits ? context->logits : nullptr;
}

namespace lfm2rt {
// What is taken from itself leaves 0 of numbers alone. No early exit, so that
// it is a loop over vectors.
bool areFinite(const float *logits, uint64_t count) {
  uint32_t others = 0;
  for (uint64_t i = 0; i < count; ++i)
    others |= !(logits[i] - logits[i] == 0);
  return others == 0;
}

int32_t drawFrom(lfm2rt_context &context, const float *logits, uint32_t count) {
  if (!areFinite(logits, context.program->vocabulary))
    return -1;
  const uint32_t *allowed = nullptr;
  if (context.allow)
    allowed = context.allow(context.tokens, count, context.allowUser);
  return context.sampler.sample(logits, context.program->vocabulary,
                                context.tokens, count, allowed,
                                context.samplerMemory);
}

lfm2rt_status notFinite(lfm2rt_error *error, const char *numbers) {
  return Failure(error, LFM2RT_NOT_FINITE)
         << "expected " << numbers
         << " that are finite numbers, found NaN or infinity; get the model "
            "again and compile it anew";
}
} // namespace lfm2rt

extern "C" void lfm2rt_pass(lfm2rt_context *context, uint32_t tokens) {
  for (uint32_t i = 0; i < tokens; ++i)
    context->sampler.pass();
}

extern "C" int32_t lfm2rt_sample(lfm2rt_context *context) {
  if (!context->hasLogits || isBidirectional(*context->program))
    return -1;
  return drawFrom(*context, context->logits, context->position);
}

extern "C" lfm2rt_status lfm2rt_set_shares(lfm2rt_context *context,
                                           const uint32_t *weights,
                                           lfm2rt_error *error) {
  uint32_t threads = context->pool.size(), any = weights == nullptr;
  for (uint32_t t = 0; weights && t < threads; ++t)
    any |= weights[t];
  if (!any)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected shares of " << threads
           << " threads, found 0 for all; give one of them something to do";
  context->shares.set(weights, threads);
  return LFM2RT_OK;
}

extern "C" void lfm2rt_shares(const lfm2rt_context *context, int larger,
                              uint32_t *shares) {
  for (uint32_t t = 0; t < context->shares.threads(); ++t)
    shares[t] = context->shares.shareOf(larger != 0, t);
}
