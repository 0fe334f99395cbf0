// Reads tokens into a context: in chunks of the program's largest entry, the
// rest with the smallest entry that holds it; or, of a bidirectional model, one
// text as a whole.
#include "runtime/src/Read.h"
#include "runtime/src/Hash.h"
#include "runtime/src/Message.h"
#include "runtime/src/Step.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

// What was read in place of tokens goes by a hash from now on, so that marks
// and saved states tell one from another.
void nameRows(lfm2rt_context &context, uint32_t count, const float *rows) {
  uint64_t hidden = context.program->hidden;
  for (int32_t *id = context.tokens + context.position; count > 0;
       ++id, --count)
    if (*id < 0)
      *id = int32_t(uint32_t(hash(rows + uint32_t(~*id) * hidden,
                                  hidden * sizeof(float))) |
                    0x80000000u);
}

void advance(lfm2rt_context &context, Reading &reading, uint32_t count) {
  const lfm2_program &program = *context.program;
  if (reading.embeddings)
    nameRows(context, count, reading.embeddings);
  context.position += count;
  if (reading.logits)
    reading.logits += uint64_t(count) * program.vocabulary;
  if (reading.hidden) {
    reading.hidden += uint64_t(count) * program.hidden;
    context.hiddenCount += count;
  }
}

} // namespace

lfm2rt_status ended(lfm2rt_context &context, lfm2rt_status why,
                    lfm2rt_error *error) {
  if (why != LFM2RT_CANCELLED)
    return why;
  store(&context.cancel, 0u);
  return Failure(error, LFM2RT_CANCELLED) << "cancelled; the context stands at "
                                          << context.position << " tokens";
}

lfm2rt_status readTokens(lfm2rt_context &context, uint32_t count,
                         Reading &reading, lfm2rt_error *error) {
  const lfm2_program &program = *context.program;
  bool all = reading.logits != nullptr;
  while (count > 0) {
    if (load(&context.cancel))
      return ended(context, LFM2RT_CANCELLED, error);
    uint32_t most = min(count, context.marks.untilNext(context.position));
    if (all)
      most = min(most, context.mostLogits);
    const lfm2_entry &entry = entryFor(*context.variant, most);
    uint32_t piece = min(most, uint32_t(entry.tokens));
    lfm2_step step = {};
    step.tokens = context.tokens + context.position;
    step.embeddings = reading.embeddings;
    step.hidden = reading.hidden;
    step.logits = all ? reading.logits : context.logits;
    bool asksLast = piece == count && !reading.again;
    if (listsRuns(program, entry)) {
      Runs runs(context);
      runs.add(piece, context.position, context.capacity, context.state);
      for (uint32_t t = all ? 0 : piece - asksLast; t < piece; ++t)
        runs.askLogits(t);
      runs.describe(step);
    } else {
      standAt(step, context);
      step.num_logits = all || asksLast;
    }

    // A step of one token is never given up: it is short, and its convolution
    // state is not kept from before. So tokens are read as a whole or not at
    // all.
    bool mayEnd = piece > 1;
    if (mayEnd)
      keepColumns(context);
    context.hasLogits = false;
    lfm2rt_status status = runStep(context, entry, step, mayEnd, error);
    if (status != LFM2RT_OK) {
      if (mayEnd)
        bringBackColumns(context);
      return ended(context, status, error);
    }
    advance(context, reading, piece);
    context.marks.addIfDue(*context.engine, context.position);
    count -= piece;
  }
  if (all)
    memcpy(context.logits, reading.logits - program.vocabulary,
           program.vocabulary * sizeof(float));
  context.hasLogits = !reading.again;
  return LFM2RT_OK;
}

lfm2rt_status readAgain(lfm2rt_context &context, uint32_t count,
                        lfm2rt_error *error) {
  Reading reading = {nullptr, nullptr, nullptr, /*again=*/true};
  return readTokens(context, count, reading, error);
}

namespace {

// The same of a bidirectional model, whose context is empty.
lfm2rt_status readText(lfm2rt_context &context, uint32_t count,
                       Reading &reading, lfm2rt_error *error) {
  if (load(&context.cancel))
    return ended(context, LFM2RT_CANCELLED, error);
  const lfm2_program &program = *context.program;
  Texts text(context);
  text.add(context.tokens, count);
  lfm2_step outputs = {};
  outputs.embeddings = reading.embeddings;
  outputs.hidden = reading.hidden;
  outputs.logits = reading.logits;
  lfm2rt_status status = text.read(outputs, error);
  if (status != LFM2RT_OK)
    return ended(context, status, error);
  advance(context, reading, count);
  context.hasLogits = reading.logits != nullptr;
  if (context.hasLogits)
    memcpy(context.logits, reading.logits - program.vocabulary,
           program.vocabulary * sizeof(float));
  return LFM2RT_OK;
}

lfm2rt_status checkOutputs(const lfm2rt_context &context, const float *logits,
                           lfm2rt_error *error) {
  if (!logits || context.program->outputs & LFM2_OUTPUT_LOGITS)
    return LFM2RT_OK;
  return Failure(error, LFM2RT_INVALID_ARGUMENT)
         << "expected a model that gives logits, found one without a head; "
            "lfm2rt_hidden() gives its hidden states";
}

} // namespace

void placeTokens(lfm2rt_context &context, const int32_t *tokens,
                 uint32_t count) {
  int32_t *to = context.tokens + context.position;
  if (count)
    memmove(to + (context.pending >= 0), tokens, count * sizeof(int32_t));
  if (context.pending >= 0)
    *to = context.pending;
}

lfm2rt_status checkRoom(const lfm2rt_context &context, uint32_t count,
                        lfm2rt_error *error) {
  uint32_t pending = context.pending >= 0;
  uint32_t room = context.capacity - context.position;
  if (isBidirectional(*context.program)) {
    if (context.position > 0)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "a bidirectional model reads a text as a whole, and the "
                "context "
                "holds one of "
             << context.position
             << " tokens; call lfm2rt_reset() before the "
                "next";
    if (count > stepLimit(context))
      return Failure(error, LFM2RT_CONTEXT_FULL, count)
             << "the text has " << count << " tokens, of which at most "
             << stepLimit(context)
             << " are read as one; shorten it or use a larger context (this "
                "program: up to "
             << lfm2rt_model_chunk(context.weights->model) << ")";
  } else if (count > room || count + pending > room) {
    return Failure(error, LFM2RT_CONTEXT_FULL,
                   uint64_t(context.position) + pending + count)
           << "the context holds " << context.capacity << " tokens and "
           << context.position + pending << " are used: at most "
           << (room > pending ? room - pending : 0) << " more fit, found "
           << count
           << "; shorten the text or use a larger context (this program: up to "
           << context.program->context_max << ")";
  }
  uint64_t kept = uint64_t(count) + pending;
  if (context.hidden && kept > context.hiddenCapacity)
    return Failure(error, LFM2RT_NO_MEMORY,
                   kept * context.program->hidden * sizeof(float))
           << "expected room for the hidden states of " << kept
           << " tokens, found room for " << context.hiddenCapacity
           << "; give lfm2rt_keep_hidden() more, or read fewer tokens at once";
  return LFM2RT_OK;
}

lfm2rt_status checkTokens(const lfm2rt_context &context, const int32_t *tokens,
                          uint32_t count, uint32_t rows, lfm2rt_error *error) {
  for (uint32_t i = 0; i < count; ++i) {
    if (uint32_t(tokens[i]) < context.program->vocabulary ||
        (tokens[i] < 0 && uint32_t(~tokens[i]) < rows))
      continue;
    Failure failure(error, LFM2RT_INVALID_ARGUMENT);
    failure << "token " << tokens[i] << " at place " << i + 1
            << " is out of range: expected ids of 0 ... "
            << context.program->vocabulary - 1;
    if (rows)
      failure << ", or of -1 ... -" << rows << " for rows of embeddings";
    return failure;
  }
  return LFM2RT_OK;
}

} // namespace lfm2rt

extern "C" lfm2rt_status
lfm2rt_eval_embeddings(lfm2rt_context *context, const int32_t *tokens,
                       uint32_t count, const float *embeddings, uint32_t rows,
                       float *logits, lfm2rt_error *error) {
  lfm2rt_status status = checkOutputs(*context, logits, error);
  if (status == LFM2RT_OK)
    status = checkRoom(*context, count, error);
  if (status == LFM2RT_OK)
    status = checkTokens(*context, tokens, count, rows, error);
  if (status != LFM2RT_OK)
    return status;
  uint32_t start = context->position;
  int32_t pending = context->pending;
  uint32_t total = count + (pending >= 0);
  if (total == 0)
    return LFM2RT_OK;
  status = checkProcess(*context, error);
  if (status != LFM2RT_OK)
    return status;
  // A message begins, as far as one can tell.
  if (count > 1)
    context->marks.add(*context->engine, context->position);
  placeTokens(*context, tokens, count);
  context->pending = -1;
  context->hiddenCount = 0;
  Reading reading = {embeddings, nullptr, context->hidden, /*again=*/false};
  auto read = isBidirectional(*context->program) ? readText : readTokens;
  if (logits && pending >= 0) {
    // Nobody asked for the logits of the token that was pending.
    status = readTokens(*context, 1, reading, error);
    total = count;
  }
  reading.logits = logits;
  if (status == LFM2RT_OK && total > 0)
    status = read(*context, total, reading, error);
  if (status != LFM2RT_OK && context->position == start)
    context->pending = pending;
  return status;
}

extern "C" lfm2rt_status lfm2rt_eval(lfm2rt_context *context,
                                     const int32_t *tokens, uint32_t count,
                                     float *logits, lfm2rt_error *error) {
  return lfm2rt_eval_embeddings(context, tokens, count, nullptr, 0, logits,
                                error);
}

extern "C" lfm2rt_status lfm2rt_keep_hidden(lfm2rt_context *context,
                                            float *hidden, uint32_t capacity,
                                            lfm2rt_error *error) {
  if (hidden && !(context->program->outputs & LFM2_OUTPUT_HIDDEN))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a program that gives hidden states, found one that "
              "does not; compile the model again";
  context->hidden = hidden;
  context->hiddenCapacity = capacity;
  context->hiddenCount = 0;
  return LFM2RT_OK;
}

extern "C" const float *lfm2rt_hidden(const lfm2rt_context *context,
                                      uint32_t *count) {
  *count = context->hiddenCount;
  return context->hiddenCount ? context->hidden : nullptr;
}
