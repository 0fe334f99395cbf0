// Tokens of several contexts in one step.
#include "runtime/src/Message.h"
#include "runtime/src/Read.h"
#include "runtime/src/Step.h"

using namespace lfm2rt;

namespace lfm2rt {
namespace {

// Tokens that are left of a turn, with the one that is pending.
uint32_t leftOf(const lfm2rt_turn &turn) {
  return turn.count + (turn.context->pending >= 0);
}

// While a step is made, `read` of a turn is how many of its tokens are in it,
// with the pending one.
class Turns {
public:
  Turns(lfm2rt_context &by, lfm2rt_turn *turns, uint32_t count)
      : by(by), program(*by.program), turns(turns), count(count) {}

  lfm2rt_status check(lfm2rt_error *error) const;
  lfm2rt_status run(uint32_t most, lfm2rt_error *error);

private:
  lfm2rt_status checkTurn(uint32_t number, lfm2rt_error *error) const;
  uint32_t divide(uint32_t most);
  lfm2rt_status step(lfm2rt_error *error);
  void gather(Runs &runs);
  void finish();
  template <typename Body> void forTaken(Body body) {
    for (uint32_t i = 0; i < count; ++i)
      if (turns[i].read > 0)
        body(turns[i]);
  }

  lfm2rt_context &by;
  const lfm2_program &program;
  lfm2rt_turn *turns;
  uint32_t count;
};

lfm2rt_status Turns::checkTurn(uint32_t number, lfm2rt_error *error) const {
  const lfm2rt_turn &turn = turns[number];
  const lfm2rt_context &context = *turn.context;
  if (context.weights != by.weights)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "turn " << number + 1
           << " is of a context of other weights; expected those of the one "
              "that reads";
  if (context.hidden)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "turn " << number + 1
           << " is of a context that keeps hidden states; read it with "
              "lfm2rt_eval(), or end that by lfm2rt_keep_hidden()";
  for (uint32_t i = 0; i < number; ++i)
    if (turns[i].context == turn.context)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "turns " << i + 1 << " and " << number + 1
             << " are of one context; expected one turn of each";
  if (leftOf(turn) == 0)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "turn " << number + 1
           << " has no tokens; expected one or more, leave it out";
  lfm2rt_status status = checkRoom(context, turn.count, error);
  if (status == LFM2RT_OK)
    status = checkTokens(context, turn.tokens, turn.count, /*rows=*/0, error);
  return status;
}

lfm2rt_status Turns::check(lfm2rt_error *error) const {
  if (isBidirectional(program))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a causal model, found a bidirectional one; "
              "lfm2rt_embed() reads several texts in a step";
  if (!listsRuns(program, entryFor(*by.variant, 2)))
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a program that reads several tokens at once, found one "
              "that was compiled with --chunk=1";
  if (count > by.turns)
    return Failure(error, LFM2RT_INVALID_ARGUMENT, count)
           << "expected at most " << by.turns
           << " turns, as the context that reads has room for, found " << count
           << "; make it with more in lfm2rt_context_options.turns";
  for (uint32_t i = 0; i < count; ++i)
    if (lfm2rt_status status = checkTurn(i, error))
      return status;
  return checkProcess(by, error);
}

// Which turns have how many tokens of the step. Returns their sum.
uint32_t Turns::divide(uint32_t most) {
  uint32_t room = lfm2rt_model_chunk(by.weights->model), all;
  all = room = most ? min(most, room) : room;
  auto give = [&](bool toThoseOfOne) {
    for (uint32_t i = 0; i < count; ++i) {
      uint32_t left = leftOf(turns[i]);
      if ((left == 1) != toThoseOfOne)
        continue;
      const lfm2rt_context &context = *turns[i].context;
      turns[i].read =
          min(min(left, room), context.marks.untilNext(context.position));
      room -= turns[i].read;
    }
  };
  give(true);
  give(false);
  return all - room;
}

// Their tokens behind each other, and what they want.
void Turns::gather(Runs &runs) {
  forTaken([&](const lfm2rt_turn &turn) {
    lfm2rt_context &context = *turn.context;
    memcpy(by.turnTokens + runs.tokens(), context.tokens + context.position,
           turn.read * sizeof(int32_t));
    runs.add(turn.read, context.position, context.capacity, context.state);
    if (turn.read == leftOf(turn))
      runs.askLogits(runs.tokens() - 1);
  });
}

// All stand as before where it does not come to its end.
lfm2rt_status Turns::step(lfm2rt_error *error) {
  lfm2_step step = {};
  step.logits = by.rowLogits;
  step.tokens = by.turnTokens;
  Runs runs(by);
  gather(runs);
  const lfm2_entry &entry = entryFor(*by.variant, runs.tokens());
  if (listsRuns(program, entry))
    runs.describe(step);
  else
    forTaken([&](const lfm2rt_turn &turn) {
      standAt(step, *turn.context);
      step.num_logits = turn.read == leftOf(turn);
    });
  // A step of one token each is too short to be given up.
  bool mayEnd = runs.tokens() > runs.size();
  if (mayEnd)
    forTaken([](const lfm2rt_turn &turn) { keepColumns(*turn.context); });
  lfm2rt_status status = runStep(by, entry, step, mayEnd, error);
  if (status != LFM2RT_OK && mayEnd)
    forTaken([](const lfm2rt_turn &turn) { bringBackColumns(*turn.context); });
  return status;
}

// What was in the step has been read.
void Turns::finish() {
  const float *logits = by.rowLogits;
  forTaken([&](lfm2rt_turn &turn) {
    lfm2rt_context &context = *turn.context;
    bool isPending = context.pending >= 0;
    context.hasLogits = turn.read == leftOf(turn);
    if (context.hasLogits) {
      memcpy(context.logits, logits, program.vocabulary * sizeof(float));
      logits += program.vocabulary;
    }
    context.position += turn.read;
    context.pending = -1;
    context.marks.addIfDue(*context.engine, context.position);
    turn.read -= isPending;
  });
}

lfm2rt_status Turns::run(uint32_t most, lfm2rt_error *error) {
  if (divide(most) == 0)
    return LFM2RT_OK;
  forTaken([&](const lfm2rt_turn &turn) {
    placeTokens(*turn.context, turn.tokens, turn.count);
  });
  lfm2rt_status status = load(&by.cancel) ? LFM2RT_CANCELLED : step(error);
  if (status == LFM2RT_OK) {
    finish();
    return status;
  }
  for (uint32_t i = 0; i < count; ++i)
    turns[i].read = 0;
  if (status != LFM2RT_CANCELLED)
    return status;
  store(&by.cancel, 0u);
  return Failure(error, LFM2RT_CANCELLED)
         << "cancelled; nothing was read of the " << count << " turns";
}

} // namespace
} // namespace lfm2rt

extern "C" lfm2rt_status lfm2rt_eval_turns(lfm2rt_context *by,
                                           lfm2rt_turn *turns, uint32_t count,
                                           uint32_t most, lfm2rt_error *error) {
  Turns all(*by, turns, count);
  lfm2rt_status status = all.check(error);
  return status == LFM2RT_OK ? all.run(most, error) : status;
}
