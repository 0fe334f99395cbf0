#include "lib/Engine/Generation.h"

#include "lib/Engine/Failure.h"
#include "lib/Engine/Form.h"
#include "lib/Engine/StopText.h"

namespace lfm2e {
namespace {

/// Bytes of a call of a tool; what is longer is text. Untouched ones cost
/// nothing.
constexpr uint64_t longestCall = 1 << 20;

/// Tokens that follow one that was drawn without being drawn themselves.
constexpr uint32_t mostForced = 16;

using Block = std::unique_ptr<uint64_t[]>;
Block block(uint64_t bytes) { return Block(new uint64_t[(bytes + 7) / 8]); }

} // namespace

struct Generation::State {
  State(Context &context, Request &&asked)
      : context(context), api(context.api()), model(context.model()),
        request(std::move(asked)), shown(request.stops) {}

  void setSampling();
  void bindForm();
  void openAnswer();
  bool take(int32_t token, Event &event);
  void addForced(Event &event);
  void show(std::string text);
  static int onPart(const lfm2rt_answer_part *part, void *user);
  void addPart(const lfm2rt_answer_part &part);
  void flush(Event &event);

  Context &context;
  const Functions &api;
  const Model &model;
  Request request;
  StopText shown;
  std::vector<lfm2rt_text> breakers;
  Block constraintMemory, answerMemory;
  lfm2rt_constraint *constraint = nullptr;
  lfm2rt_answer *answer = nullptr;
  /// What the event in the making has to show.
  std::vector<Piece> pieces;
  uint32_t made = 0;
};

void Generation::State::setSampling() {
  lfm2rt_sampling values = request.sampling.values;
  for (const std::string &text : request.sampling.breakers)
    breakers.push_back({text.data(), text.size()});
  values.num_dry_breakers = uint32_t(breakers.size());
  values.dry_breakers = breakers.data();
  values.num_biases = uint32_t(request.sampling.biases.size());
  values.biases = request.sampling.biases.data();
  api.set_sampling(context.get(), &values);
}

void Generation::State::bindForm() {
  api.set_allow(context.get(), nullptr, nullptr);
  if (!request.form)
    return;
  const Form &form = *request.form;
  uint64_t bytes = api.constraint_size(form.grammar, form.vocabulary, nullptr);
  constraintMemory = block(bytes);
  lfm2rt_error error;
  if (api.constraint_create(&constraint, form.grammar, form.vocabulary, nullptr,
                            constraintMemory.get(), bytes, &error))
    throw Failure(error);
  api.set_allow(context.get(), api.constraint_allow, constraint);
}

void Generation::State::openAnswer() {
  uint64_t bytes = api.answer_size(longestCall);
  answerMemory = block(bytes);
  uint32_t flags = LFM2RT_ANSWER_PIECES;
  if (model.opensReasoning(request.prompt))
    flags |= LFM2RT_ANSWER_REASONS;
  if (request.isJsonCalls)
    flags |= LFM2RT_ANSWER_IS_CALLS;
  lfm2rt_error error;
  if (api.answer_open(&answer, &model.weights(), longestCall, flags, onPart,
                      this, answerMemory.get(), bytes, &error))
    throw Failure(error);
}

/// Text of the answer, as far as no stop text may begin in it.
void Generation::State::show(std::string text) {
  if (!text.empty())
    pieces.push_back({Piece::Text, 0, std::move(text), ""});
}

int Generation::State::onPart(const lfm2rt_answer_part *part, void *user) {
  auto &state = *static_cast<State *>(user);
  state.addPart(*part);
  return state.shown.hasStopped();
}

void Generation::State::addPart(const lfm2rt_answer_part &part) {
  std::string text(part.text ? part.text : "", part.length);
  std::string name(part.name ? part.name : "", part.name_length);
  auto add = [&](Piece::Kind kind) {
    pieces.push_back({kind, part.call, std::move(text), std::move(name)});
  };
  switch (part.kind) {
  case LFM2RT_ANSWER_TEXT:
    return show(shown.add(text));
  case LFM2RT_ANSWER_REASONING:
    return add(Piece::Reasoning);
  case LFM2RT_ANSWER_CALL:
    return add(Piece::CallEnd);
  case LFM2RT_ANSWER_CALL_BEGIN:
    return add(Piece::CallBegin);
  case LFM2RT_ANSWER_ARGUMENTS:
    return add(Piece::Arguments);
  case LFM2RT_ANSWER_NO_CALL:
    return add(Piece::NoCall);
  }
}

/// Adds a token to the answer. Returns whether that ends it.
bool Generation::State::take(int32_t token, Event &event) {
  ++made;
  if (answer)
    api.answer_token(token, answer);
  else if (!model.isControl(token))
    show(shown.add(model.textOf(token)));
  if (shown.hasStopped() || (!request.ignoresStop && model.isStop(token)))
    event.finish = Finish::Stop;
  else if (made >= request.most)
    event.finish = Finish::Length;
  else if (context.position() + event.tokens.size() > context.capacity())
    event.finish = Finish::Context;
  return event.finish != Finish::None;
}

/// Tokens that must follow by the form are read together with the one before,
/// in one step. Whoever wants logprobs wants what the model thinks of them,
/// too.
void Generation::State::addForced(Event &event) {
  if (!constraint || request.logprobs >= 0 ||
      !api.constraint_accept(constraint, event.tokens.front().token))
    return;
  int32_t forced[mostForced];
  uint32_t count = api.constraint_forced(constraint, forced, mostForced);
  api.pass(context.get(), count);
  for (uint32_t i = 0; i < count; ++i) {
    event.tokens.push_back({forced[i], 0, {}});
    if (take(forced[i], event))
      return;
  }
}

void Generation::State::flush(Event &event) {
  if (answer)
    api.answer_end(answer);
  show(shown.flush());
  event.pieces = std::move(pieces);
  pieces.clear();
}

Generation::Generation(Context &context, Request request)
    : state(std::make_unique<State>(context, std::move(request))) {
  state->setSampling();
  state->bindForm();
  if (state->request.isAnswer)
    state->openAnswer();
}

/// The context no longer points to what goes away here.
Generation::~Generation() {
  lfm2rt_sampling plain = state->request.sampling.values;
  plain.num_biases = plain.num_dry_breakers = 0;
  plain.biases = nullptr;
  plain.dry_breakers = nullptr;
  state->api.set_sampling(state->context.get(), &plain);
  state->api.set_allow(state->context.get(), nullptr, nullptr);
}

Event Generation::draw() {
  State &s = *state;
  if (s.request.most == 0)
    return end(Finish::Length);
  lfm2rt_context *context = s.context.get();
  int32_t token = s.api.sample(context);
  if (token < 0)
    return end(Finish::Failed,
               "expected finite logits, found others: the weights are damaged, "
               "or the model cannot be computed in this precision; verify its "
               "files");
  Event event;
  Drawn drawn;
  drawn.token = token;
  if (s.request.logprobs >= 0) {
    drawn.logprob = s.api.logprob_of(context, token);
    drawn.best.resize(size_t(s.request.logprobs));
    drawn.best.resize(s.api.logprobs(context, uint32_t(s.request.logprobs),
                                     drawn.best.data()));
  }
  event.tokens.push_back(std::move(drawn));
  if (!s.take(token, event))
    s.addForced(event);
  if (event.finish != Finish::None) {
    s.flush(event);
  } else {
    event.pieces = std::move(s.pieces);
    s.pieces.clear();
  }
  return event;
}

Event Generation::end(Finish finish, const std::string &message) {
  Event event;
  event.finish = finish;
  event.message = message;
  state->flush(event);
  return event;
}

const Request &Generation::request() const { return state->request; }
uint32_t Generation::made() const { return state->made; }

} // namespace lfm2e
