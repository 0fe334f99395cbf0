#include "frontends/python/engine/Answer.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Options.h"
#include "frontends/python/engine/Refusal.h"
#include "lib/Engine/Failure.h"

namespace py = pybind11;

namespace lfm2py {
namespace {

double seconds(std::chrono::steady_clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

} // namespace

Answer::Answer(std::shared_ptr<Context> asked, py::handle list,
               const py::dict &options, bool becomes)
    : becomes(becomes) {
  Guard::Use use(asked->guard);
  asked->checkAlone();
  ids = idsOf(list, asked->model->vocabulary());
  std::vector<int32_t> prompt =
      ids.empty() && !becomes ? asked->reader->tokens() : ids;
  if (prompt.empty())
    throw Refusal("InvalidArgument",
                  "expected a prompt of one token or more, found none; write "
                  "something to go on with");
  lfm2e::Request request = requestOf(*asked->model, std::move(prompt), options);
  made.usage.promptTokens = uint32_t(request.prompt.size());
  reader = asked->reader;
  reader->goOn();
  generation = std::make_unique<lfm2e::Generation>(*reader->context(),
                                                   std::move(request));
  context = std::move(asked);
  context->hasAnswer = true;
}

void Answer::leave() {
  if (!generation)
    return;
  generation.reset();
  context->hasAnswer = false;
  context.reset();
}

/// Without the GIL.
void Answer::begin() {
  start = Clock::now();
  if (becomes)
    made.usage.cachedTokens = reader->become(ids);
  else if (ids.empty())
    reader->settle();
  else
    reader->append(ids);
  hasBegun = true;
}

/// Without the GIL. Behind what it throws the answer is to be closed.
lfm2e::Event Answer::step() {
  try {
    if (hasBegun)
      reader->append({});
    else
      begin();
  } catch (const lfm2e::Failure &failure) {
    if (failure.status != LFM2RT_CANCELLED)
      throw;
    return generation->end(lfm2e::Finish::Cancelled);
  }
  lfm2e::Event event = generation->draw();
  for (const lfm2e::Drawn &drawn : event.tokens)
    reader->pending.push_back(drawn.token);
  return event;
}

void Answer::take(const lfm2e::Event &event) {
  auto now = Clock::now();
  std::lock_guard<std::mutex> hold(mutex);
  if (made.tokens.empty())
    first = now;
  made.take(event);
  made.usage.madeTokens = uint32_t(made.tokens.size());
  made.usage.reading = seconds(first - start);
  made.usage.making = seconds(now - first);
}

Result Answer::result() const {
  std::lock_guard<std::mutex> hold(mutex);
  return made;
}

/// Steps until `done` says so, or it has ended. False where it had ended
/// before.
template <typename Done> bool Answer::advance(lfm2e::Event &event, Done done) {
  if (!generation)
    return false;
  std::shared_ptr<Context> kept = context; // For the guard.
  Guard::Use use(kept->guard);
  {
    WithoutGil release;
    auto asked = Clock::now();
    do {
      event = step();
      take(event);
      if (Clock::now() - asked > betweenSignals) {
        asked = Clock::now();
        WithGil hold;
        checkSignals();
      }
    } while (!made.hasEnded() && !done());
  }
  if (made.hasEnded()) {
    if (kept->reader->position() > kept->reader->context()->capacity())
      kept->reader->pending.clear(); // There is no room to read it.
    leave();
  }
  if (made.finish == lfm2e::Finish::Failed)
    throw Refusal("NotFinite", made.message);
  return true;
}

py::object Answer::next() {
  lfm2e::Event event;
  if (!advance(event, [&] { return !event.pieces.empty(); }) ||
      event.pieces.empty())
    return py::none();
  return listOf(event.pieces);
}

py::object Answer::nextText() {
  lfm2e::Event event;
  std::string text;
  auto hasText = [&] {
    for (const lfm2e::Piece &piece : event.pieces)
      text += piece.text;
    return !text.empty();
  };
  if (!advance(event, hasText) || (text.empty() && !hasText()))
    return py::none();
  return textOf(text);
}

void Answer::run() {
  lfm2e::Event event;
  advance(event, [] { return false; });
}

void Answer::cancel() {
  if (!result().hasEnded())
    reader->cancel();
}

void Answer::close() {
  if (!generation)
    return;
  if (!context->isClosed() && !context->guard.isForeign()) {
    Guard::Use use(context->guard);
    if (!hasBegun)
      start = Clock::now();
    take(generation->end(lfm2e::Finish::Cancelled));
  }
  leave();
}

void defineAnswer(py::module_ &module) {
  py::class_<Answer>(module, "Answer")
      .def(py::init<std::shared_ptr<Context>, py::handle, const py::dict &,
                    bool>(),
           py::arg("context"), py::arg("ids"), py::arg("options"),
           py::arg("becomes"))
      .def("next", &Answer::next)
      .def("next_text", &Answer::nextText)
      .def("run", &Answer::run)
      .def("cancel", &Answer::cancel)
      .def("close", &Answer::close)
      .def_property_readonly("result", &Answer::result);
}

} // namespace lfm2py
