// What an answer has come to so far.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_RESULT_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_RESULT_H

#include "lib/Engine/Request.h"

#include <pybind11/pybind11.h>

namespace lfm2py {

struct Call {
  std::string name, arguments;
};

/// Gathers the events of one answer.
struct Result {
  std::vector<lfm2e::Drawn> tokens;
  std::string text, reasoning;
  std::vector<Call> calls;
  lfm2e::Finish finish = lfm2e::Finish::None;
  std::string message; ///< Where it failed.
  lfm2e::Usage usage;

  void take(const lfm2e::Event &event);
  bool hasEnded() const { return finish != lfm2e::Finish::None; }
};

/// The words of OpenAI's finish_reason, "context" and "cancelled" beside; None
/// while it goes on.
pybind11::object nameOf(lfm2e::Finish finish);

/// A list of (kind, call, text, name): one for each piece.
pybind11::list listOf(const std::vector<lfm2e::Piece> &pieces);

void defineResult(pybind11::module_ &module);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_RESULT_H
