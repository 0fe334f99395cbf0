#include "frontends/python/engine/Result.h"

#include "frontends/python/engine/Refusal.h"

namespace py = pybind11;

namespace lfm2py {

using lfm2e::Finish;
using lfm2e::Piece;

void Result::take(const lfm2e::Event &event) {
  tokens.insert(tokens.end(), event.tokens.begin(), event.tokens.end());
  for (const Piece &piece : event.pieces) {
    switch (piece.kind) {
    case Piece::Text:
    case Piece::NoCall:
      text += piece.text;
      break;
    case Piece::Reasoning:
      reasoning += piece.text;
      break;
    case Piece::CallEnd:
      calls.push_back({piece.name, piece.text});
      break;
    case Piece::CallBegin:
    case Piece::Arguments:
      break;
    }
  }
  finish = event.finish;
  message = event.message;
}

py::object nameOf(Finish finish) {
  switch (finish) {
  case Finish::None:
    return py::none();
  case Finish::Stop:
    return py::str("stop");
  case Finish::Length:
    return py::str("length");
  case Finish::Context:
    return py::str("context");
  case Finish::Cancelled:
    return py::str("cancelled");
  case Finish::Failed:
    break;
  }
  return py::str("failed");
}

static const char *nameOf(Piece::Kind kind) {
  switch (kind) {
  case Piece::Text:
    return "text";
  case Piece::Reasoning:
    return "reasoning";
  case Piece::CallBegin:
    return "call_begin";
  case Piece::Arguments:
    return "arguments";
  case Piece::CallEnd:
    return "call_end";
  case Piece::NoCall:
    break;
  }
  return "no_call";
}

py::list listOf(const std::vector<Piece> &pieces) {
  py::list list;
  for (const Piece &piece : pieces)
    list.append(py::make_tuple(nameOf(piece.kind), piece.call,
                               textOf(piece.text), textOf(piece.name)));
  return list;
}

static py::list tokensOf(const Result &self) {
  py::list ids;
  for (const lfm2e::Drawn &drawn : self.tokens)
    ids.append(drawn.token);
  return ids;
}

// (logprob, [(token, logprob) of the most probable]) for each token.
static py::list logprobsOf(const Result &self) {
  py::list all;
  for (const lfm2e::Drawn &drawn : self.tokens) {
    py::list best;
    for (const lfm2rt_logprob &other : drawn.best)
      best.append(py::make_tuple(other.token, other.logprob));
    all.append(py::make_tuple(drawn.logprob, best));
  }
  return all;
}

static py::list callsOf(const Result &self) {
  py::list calls;
  for (const Call &call : self.calls)
    calls.append(py::make_tuple(textOf(call.name), textOf(call.arguments)));
  return calls;
}

static py::dict usageOf(const Result &self) {
  py::dict usage;
  usage["prompt_tokens"] = self.usage.promptTokens;
  usage["cached_tokens"] = self.usage.cachedTokens;
  usage["completion_tokens"] = self.usage.madeTokens;
  usage["waited_seconds"] = self.usage.waited;
  usage["reading_seconds"] = self.usage.reading;
  usage["making_seconds"] = self.usage.making;
  return usage;
}

void defineResult(py::module_ &module) {
  py::class_<Result>(module, "Result")
      .def_property_readonly(
          "text", [](const Result &self) { return textOf(self.text); })
      .def_property_readonly(
          "reasoning",
          [](const Result &self) { return textOf(self.reasoning); })
      .def_property_readonly(
          "message", [](const Result &self) { return textOf(self.message); })
      .def_property_readonly(
          "finish", [](const Result &self) { return nameOf(self.finish); })
      .def("tokens", &tokensOf)
      .def("logprobs", &logprobsOf)
      .def("calls", &callsOf)
      .def("usage", &usageOf);
}

} // namespace lfm2py
