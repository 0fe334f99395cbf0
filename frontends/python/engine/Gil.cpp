#include "frontends/python/engine/Gil.h"

#include <atomic>
#include <chrono>
#include <thread>
#include <unistd.h>

namespace py = pybind11;

namespace lfm2py {
namespace {

/// What a step may take, at the most, on a slow machine.
constexpr auto longest = std::chrono::seconds(20);

std::atomic<bool> isEnding{false};
/// That ends the interpreter, and the objects that are left.
std::thread::id endingThread;
/// Threads within a WithoutGil, but for those that stay there.
std::atomic<int> computing{0};

[[noreturn]] void stay() {
  --computing;
  for (;;)
    pause();
}

// The GIL is held, and given back: those that wait for it have to leave, too.
void waitForCalls() {
  endingThread = std::this_thread::get_id();
  isEnding = true;
  PyThreadState *state = PyEval_SaveThread();
  auto end = std::chrono::steady_clock::now() + longest;
  while (computing > 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  PyEval_RestoreThread(state);
}

} // namespace

WithoutGil::WithoutGil() {
  ++computing;
  state = PyEval_SaveThread();
  stayIfEnding();
}

WithoutGil::~WithoutGil() {
  stayIfEnding();
  PyEval_RestoreThread(state);
  --computing;
}

void stayIfEnding() {
  if (isEnding && std::this_thread::get_id() != endingThread)
    stay();
}

void waitAtExit() {
  // A fork of this process has none of its threads.
  pid_t process = getpid();
  py::module_::import("atexit").attr("register")(py::cpp_function([process] {
    if (getpid() == process)
      waitForCalls();
  }));
}

} // namespace lfm2py
