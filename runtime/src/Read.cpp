// Reads tokens into a context: in chunks of the program's largest entry, the
// rest with the smallest entry that holds it.
#include "runtime/src/Context.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

struct Call {
  lfm2_step step;
  lfm2_step_fn run;
  Pool *pool;
  // A step of one token is never given up: it is short, and its convolution
  // state is not kept from before. So tokens are read as a whole or not at all.
  const uint32_t *cancel;
};

int32_t stepBarrier(const lfm2_step *step, int32_t thread) {
  auto *call = static_cast<const Call *>(step->user);
  return call->pool->barrier(thread, call->cancel);
}

void runShare(void *argument, int32_t thread) {
  auto *call = static_cast<const Call *>(argument);
  call->run(&call->step, thread);
}

const lfm2_entry &entryFor(const lfm2_variant &variant, uint32_t count) {
  uint32_t i = 0;
  while (i + 1 < variant.num_entries &&
         uint32_t(variant.entries[i].tokens) < count)
    ++i;
  return variant.entries[i];
}

lfm2rt_status cancelled(lfm2rt_context &context, lfm2rt_error *error) {
  store(&context.cancel, 0u);
  return Failure(error, LFM2RT_CANCELLED) << "cancelled; the context stands at "
                                          << context.position << " tokens";
}

} // namespace

// Reads the `count` tokens that stand in context.tokens after those read.
static lfm2rt_status readTokens(lfm2rt_context &context, uint32_t count,
                                float *logits, lfm2rt_error *error) {
  const lfm2_program &program = *context.program;
  if (context.pool.isElsewhere())
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "the threads of this context are in the process that made it; "
              "make a context after fork()";
  while (count > 0) {
    if (load(&context.cancel))
      return cancelled(context, error);
    const lfm2_entry &entry = entryFor(*context.variant, count);
    uint32_t piece = min(count, uint32_t(entry.tokens));

    Call call = {};
    call.run = entry.run;
    call.pool = &context.pool;
    call.cancel = piece > 1 ? &context.cancel : nullptr;
    lfm2_step &step = call.step;
    step.weights = context.weights->section[LFM2_SECTION_WEIGHTS];
    step.state = context.state;
    step.scratch = context.scratch;
    step.tokens = context.tokens + context.position;
    step.count = int32_t(piece);
    step.position = int32_t(context.position);
    step.context = int32_t(context.capacity);
    step.threads = int32_t(context.pool.size());
    step.near_bytes = int32_t(entry.near_bytes);
    step.near = context.near;
    step.barrier = stepBarrier;
    step.shares = context.shares.of(entry);
    step.user = &call;
    if (logits) {
      step.logits_mode = LFM2_LOGITS_ALL;
      step.logits = logits;
    } else {
      step.logits_mode = piece == count ? LFM2_LOGITS_LAST : LFM2_LOGITS_NONE;
      step.logits = context.logits;
    }

    if (piece > 1)
      memcpy(context.fixed, context.state, size_t(program.state_fixed_bytes));
    context.hasLogits = false;
    if (context.profile)
      context.profile->begin(context.pool, entry, step);
    context.pool.run(runShare, &call);
    if (context.profile)
      context.profile->end(context.pool);
    if (context.pool.wasGivenUp()) {
      memcpy(context.state, context.fixed, size_t(program.state_fixed_bytes));
      return cancelled(context, error);
    }
    context.position += piece;
    count -= piece;
    if (logits)
      logits += uint64_t(piece) * program.vocabulary;
  }
  if (logits)
    memcpy(context.logits, logits - program.vocabulary,
           program.vocabulary * sizeof(float));
  context.hasLogits = true;
  return LFM2RT_OK;
}

// Puts `count` tokens, after a pending one, where readTokens finds them.
// Nothing changes on failure.
static lfm2rt_status placeTokens(lfm2rt_context &context, const int32_t *tokens,
                                 uint32_t count, lfm2rt_error *error) {
  uint32_t pending = context.pending >= 0;
  uint32_t room = context.capacity - context.position;
  if (count > room || count + pending > room)
    return Failure(error, LFM2RT_CONTEXT_FULL,
                   uint64_t(context.position) + pending + count)
           << "the context holds " << context.capacity << " tokens and "
           << context.position + pending << " are used: at most "
           << (room > pending ? room - pending : 0) << " more fit, found "
           << count
           << "; shorten the text or use a larger context (this program: up to "
           << context.program->context_max << ")";
  for (uint32_t i = 0; i < count; ++i)
    if (uint32_t(tokens[i]) >= context.program->vocabulary)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "token " << tokens[i] << " at place " << i + 1
             << " is out of range: expected ids of 0 ... "
             << context.program->vocabulary - 1;
  int32_t *to = context.tokens + context.position;
  if (count)
    memmove(to + pending, tokens, count * sizeof(int32_t));
  if (pending)
    *to = context.pending;
  return LFM2RT_OK;
}

} // namespace lfm2rt

extern "C" lfm2rt_status lfm2rt_eval(lfm2rt_context *context,
                                     const int32_t *tokens, uint32_t count,
                                     float *logits, lfm2rt_error *error) {
  lfm2rt_status status = placeTokens(*context, tokens, count, error);
  if (status != LFM2RT_OK)
    return status;
  uint32_t start = context->position;
  int32_t pending = context->pending;
  uint32_t total = count + (pending >= 0);
  context->pending = -1;
  if (logits && pending >= 0) {
    // Nobody asked for the logits of the token that was pending.
    status = readTokens(*context, 1, nullptr, error);
    total = count;
  }
  if (status == LFM2RT_OK && total > 0)
    status = readTokens(*context, total, logits, error);
  if (status != LFM2RT_OK && context->position == start)
    context->pending = pending;
  return status;
}
