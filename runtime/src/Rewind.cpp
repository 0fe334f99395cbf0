// A context goes back to any position: to the last mark that it kept, and from
// there by reading again, which leaves the same bits: those of a token do not
// depend on the step that reads it.
#include "runtime/src/Message.h"
#include "runtime/src/Read.h"
#include "runtime/src/Step.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

lfm2rt_status checkCausal(const lfm2rt_context &context, lfm2rt_error *error) {
  if (!isBidirectional(*context.program))
    return LFM2RT_OK;
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "expected a causal model, which continues a text, found a "
            "bidirectional one, which reads it whole; call lfm2rt_reset()";
}

// That the tokens from `position` on, which were read, can be read again.
lfm2rt_status checkAgain(const lfm2rt_context &context, uint32_t position,
                         uint32_t end, lfm2rt_error *error) {
  for (; position < end; ++position)
    if (context.tokens[position] < 0)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "to go back to " << end << " tokens, those from "
             << position + 1
             << " on have to be read again, and that one was given as a row; "
                "make the context with more marks, or mark places with "
                "lfm2rt_mark()";
  return LFM2RT_OK;
}

// How many of `tokens` are the first of those read.
uint32_t countCommon(const lfm2rt_context &context, const int32_t *tokens,
                     uint32_t count) {
  uint32_t common = 0, most = min(context.position, count);
  while (common < most && context.tokens[common] == tokens[common])
    ++common;
  return common;
}

// `position` is one behind which something was read.
lfm2rt_status goBack(lfm2rt_context &context, uint32_t position,
                     lfm2rt_error *error) {
  uint32_t mark = context.marks.before(position);
  lfm2rt_status status = checkAgain(context, mark, position, error);
  if (status == LFM2RT_OK && mark < position)
    status = checkProcess(context, error);
  if (status != LFM2RT_OK)
    return status;
  if (!context.marks.bringBack(*context.engine, position))
    return Failure(error, LFM2RT_DEVICE_LOST)
           << "the device of this context was lost; open the model anew";
  context.marks.dropBehind(mark);
  context.position = mark;
  context.hasLogits = false;
  return readAgain(context, position - mark, error);
}

} // namespace
} // namespace lfm2rt

extern "C" uint32_t lfm2rt_marked(const lfm2rt_context *context,
                                  uint32_t position) {
  return context->marks.before(min(position, context->position));
}

extern "C" lfm2rt_status lfm2rt_rewind_to(lfm2rt_context *context,
                                          uint32_t position,
                                          lfm2rt_error *error) {
  lfm2rt_status status = checkCausal(*context, error);
  if (status != LFM2RT_OK)
    return status;
  if (position > context->position)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a position of 0 ... " << context->position
           << ", as many tokens as were read, found " << position;
  int32_t pending = context->pending;
  context->pending = -1;
  context->hiddenCount = 0;
  if (position == context->position)
    return LFM2RT_OK;
  uint32_t start = context->position;
  status = goBack(*context, position, error);
  if (context->position == start)
    context->pending = pending;
  return status;
}

extern "C" lfm2rt_status lfm2rt_read(lfm2rt_context *context,
                                     const int32_t *tokens, uint32_t count,
                                     uint32_t *kept, lfm2rt_error *error) {
  lfm2rt_status status = checkCausal(*context, error);
  if (status != LFM2RT_OK)
    return status;
  if (count == 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a conversation of at least one token, found none";
  if (count > context->capacity)
    return Failure(error, LFM2RT_CONTEXT_FULL, count)
           << "the conversation has " << count
           << " tokens, the context has room for " << context->capacity
           << "; shorten it or use a larger context (this program: up to "
           << context->program->context_max << ")";
  status = checkTokens(*context, tokens, count, /*rows=*/0, error);
  if (status != LFM2RT_OK)
    return status;
  uint32_t common = countCommon(*context, tokens, count);
  bool isRead = common == count && count == context->position;
  // The last one is read again, for its logits.
  if (common == count && !(isRead && context->hasLogits))
    --common;
  if (kept)
    *kept = common;
  status = lfm2rt_rewind_to(context, common, error);
  if (status != LFM2RT_OK || common == count)
    return status;
  return lfm2rt_eval(context, tokens + common, count - common, nullptr, error);
}
