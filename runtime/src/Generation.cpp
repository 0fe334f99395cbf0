#include "runtime/src/Generation.h"
#include "runtime/src/Message.h"
#include "runtime/src/Read.h"
#include "runtime/src/Step.h"

namespace lfm2rt {

void Generation::emit(int32_t token) {
  context.tokens[known] = token;
  context.position = known++;
  context.pending = token;
  ++made;
  hasEnded = onToken(token, user) != 0 || made == most ||
             (!(flags & LFM2RT_IGNORE_STOP) &&
              lfm2rt_token_is_stop(context.weights, token));
}

// The token that must follow, or -1. What is no token is nothing.
int32_t Generation::forced() {
  int32_t token = -1;
  // Hidden states are asked of steps of a single token.
  if (!context.guide.force || context.hidden ||
      context.guide.force(context.tokens, known, &token, 1,
                          context.guide.user) == 0 ||
      uint32_t(token) >= context.program->vocabulary)
    return -1;
  context.sampler.pass();
  return token;
}

bool Generation::next(const float *logits) {
  int32_t token = forced();
  if (token < 0)
    token = drawFrom(context, logits, known);
  if (token < 0)
    return false;
  emit(token);
  return true;
}

lfm2rt_status Generation::readKnown(lfm2rt_error *error) {
  context.position = columns;
  context.pending = -1;
  context.hiddenCount = 0;
  Reading reading = {nullptr, nullptr, context.hidden, /*again=*/false};
  lfm2rt_status status = readTokens(context, known - columns, reading, error);
  columns = context.position;
  return status;
}

// Puts guesses behind what is known, and returns how many.
uint32_t Generation::guess() {
  Drafting &drafting = context.drafting;
  if (!context.drafter.draft || context.hidden || drafting.rests())
    return 0;
  // All are read, and the token behind the last one is drawn.
  uint32_t chunk = lfm2rt_model_chunk(context.weights->model),
           unread = known - columns,
           room = min(drafting.length, context.drafts);
  room = min(room, min(context.capacity - known, most - made - 1));
  room = unread < chunk ? min(room, chunk - unread) : 0;
  if (room == 0)
    return 0;
  int32_t *guesses = context.tokens + known;
  uint32_t count = min(context.drafter.draft(context.tokens, known, guesses,
                                             room, context.drafter.user),
                       room);
  for (uint32_t i = 0; i < count; ++i)
    if (uint32_t(guesses[i]) >= context.program->vocabulary)
      count = i;
  return count;
}

lfm2rt_status Generation::verify(uint32_t guesses, lfm2rt_error *error) {
  uint32_t count = known - columns + guesses;
  lfm2_step step = {};
  step.tokens = context.tokens + columns;
  step.logits = context.rowLogits;
  Runs runs(context);
  runs.add(count, columns, context.capacity, context.state);
  for (uint32_t t = count - guesses - 1; t < count; ++t)
    runs.askLogits(t);
  runs.describe(step);
  keepColumns(context);
  lfm2rt_status status =
      runStep(context, entryFor(*context.variant, max(count, 2u)), step,
              /*mayEnd=*/false, error);
  if (status != LFM2RT_OK)
    return status;

  float *own = context.logits, *&logits = context.logits;
  uint32_t right = 0;
  context.hasLogits = true;
  // Those of the place are the context's, for whoever is told of its token.
  for (logits = context.rowLogits;;
       ++right, logits += context.program->vocabulary) {
    int32_t guessed = right < guesses ? context.tokens[known] : -1;
    if (!next(logits)) {
      status = notFinite(error);
      break;
    }
    if (context.pending != guessed || hasEnded)
      break;
  }
  memcpy(own, logits, context.program->vocabulary * sizeof(float));
  logits = own;
  if (right == guesses && status == LFM2RT_OK) {
    columns += count;
    context.marks.addIfDue(
        *context.engine,
        context.position); // It stands there, one being pending.
  } else {
    bringBackColumns(context);
  }
  context.drafting.note(guesses, right);
  return status;
}

lfm2rt_status Generation::generate(lfm2rt_error *error) {
  bool hasLogits = true; // Of the last token that is known.
  for (;;) {
    if (hasLogits && !next(context.logits))
      return notFinite(error);
    for (int32_t token;
         !hasEnded && known <= context.capacity && (token = forced()) >= 0;) {
      context.hasLogits = false; // Nobody asked what may stand in its place.
      emit(token);
    }
    // The last token needs no room: nobody asks what follows it.
    if (hasEnded || known > context.capacity)
      return LFM2RT_OK;
    uint32_t guesses = guess();
    hasLogits = guesses == 0;
    lfm2rt_status status = LFM2RT_CANCELLED;
    if (!load(&context.cancel))
      status = hasLogits ? readKnown(error) : verify(guesses, error);
    if (status != LFM2RT_OK)
      return status;
  }
}

// Reads what is known but for its last token, which is pending from then on; to
// the end, also where the call was cancelled.
lfm2rt_status Generation::settle(lfm2rt_status status, lfm2rt_error *error) {
  uint32_t cancelled = load(&context.cancel), end = known;
  known -= known > columns;
  while (columns < known) {
    store(&context.cancel, 0u);
    lfm2rt_status read = readKnown(nullptr);
    cancelled |= read == LFM2RT_CANCELLED;
    if (read != LFM2RT_OK && read != LFM2RT_CANCELLED)
      break;
  }
  if (cancelled)
    store(&context.cancel, 1u);
  context.position = columns;
  context.pending = columns < end ? context.tokens[columns] : -1;
  return status == LFM2RT_CANCELLED ? ended(context, status, error) : status;
}

lfm2rt_status Generation::run(lfm2rt_error *error) {
  return most == 0 ? LFM2RT_OK : settle(generate(error), error);
}

} // namespace lfm2rt
