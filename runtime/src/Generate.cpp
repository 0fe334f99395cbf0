// Generation of tokens and of text behind a prompt.
#include "runtime/src/Generation.h"
#include "runtime/src/Message.h"
#include "runtime/src/Text.h"

using namespace lfm2rt;

extern "C" lfm2rt_status
lfm2rt_generate_tokens(lfm2rt_context *context, const int32_t *prompt,
                       uint32_t count, uint32_t most, uint32_t flags,
                       lfm2rt_token_fn on_token, void *user,
                       lfm2rt_error *error) {
  if (isBidirectional(*context->program))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a causal model, which continues a text, found a "
              "bidirectional one, which reads it whole; ask lfm2rt_eval() for "
              "logits or lfm2rt_embed() for vectors";
  if (count == 0 && context->pending < 0 && !context->hasLogits)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a prompt of at least one token, found none and nothing "
              "to "
              "continue";
  lfm2rt_status status = lfm2rt_eval(context, prompt, count, nullptr, error);
  if (status != LFM2RT_OK)
    return status;
  return Generation(*context, most, flags, on_token, user).run(error);
}

namespace {
struct TextSink {
  const lfm2rt_weights *weights;
  StopStream stream;
  const Prompt *prompt; // Until its opening is passed on.
};

int passText(int32_t token, void *user) {
  auto *sink = static_cast<TextSink *>(user);
  return feedToken(sink->stream, *sink->weights, sink->prompt, token);
}
} // namespace

extern "C" lfm2rt_status
lfm2rt_generate_text(lfm2rt_context *context, const char *text, size_t length,
                     uint32_t most, uint32_t flags, lfm2rt_text_fn on_text,
                     void *user, void *work, uint64_t work_bytes,
                     lfm2rt_error *error) {
  Prompt prompt;
  lfm2rt_status status = makePrompt(prompt, *context, text, length, flags, work,
                                    work_bytes, error);
  if (status != LFM2RT_OK)
    return status;
  TextSink sink = {context->weights,
                   StopStream(on_text, user, context->stops, context->numStops),
                   &prompt};
  uint32_t start = context->position;
  int32_t pending = context->pending;
  if (prompt.closesTurn)
    context->pending = -1; // It is the prompt's first token.
  status = lfm2rt_generate_tokens(context, prompt.ids, prompt.count, most,
                                  flags, passText, &sink, error);
  if (status != LFM2RT_OK && context->position == start)
    context->pending = pending;
  context->stoppedBy = sink.stream.stoppedBy();
  sink.stream.flush();
  return status;
}
