// What a call of this module refuses by itself, and how failures become
// Python's exceptions.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_REFUSAL_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_REFUSAL_H

#include <chrono>
#include <pybind11/pybind11.h>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lfm2py {

/// Becomes the exception of this name in lfm2_compile.errors.
class Refusal : public std::runtime_error {
public:
  Refusal(const char *exception, const std::string &message)
      : std::runtime_error(message), exception(exception) {}
  const char *exception;
};

/// Names what was expected, and shows what was found, shortened.
[[noreturn]] void refuseValue(const std::string &expected,
                              pybind11::handle found);

/// The UTF-8 of a text. Throws Refusal where it is none, or has half of a
/// surrogate pair.
std::string utf8Of(pybind11::handle text);
/// The text of bytes that need not be UTF-8: a part of a character, or what a
/// message quotes.
pybind11::str textOf(std::string_view bytes);

/// From now on lfm2e::Failure, lfm2e::QueueFull and Refusal leave as exceptions
/// of lfm2_compile.errors.
void registerErrors();

/// Throws what a signal handler of Python's raised: KeyboardInterrupt, mostly.
/// The GIL is held. In other threads than the main one nothing happens.
void checkSignals();
/// How long a call computes or waits before it calls that again.
constexpr auto betweenSignals = std::chrono::milliseconds(50);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_REFUSAL_H
