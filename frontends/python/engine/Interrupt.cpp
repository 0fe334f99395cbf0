#include "frontends/python/engine/Interrupt.h"

#include <atomic>
#include <pybind11/pybind11.h>

namespace py = pybind11;

namespace lfm2py {
namespace {

unsigned long mainThread = 0;

// Of the one Interrupt that is on, if any. The handler may run in any thread,
// so it reads these alone.
std::atomic<lfm2rt_context *> target{nullptr};
std::atomic<decltype(&lfm2rt_cancel)> cancel{nullptr};
std::atomic<bool> wasInterrupted{false};
struct sigaction previous;

void onSignal(int signal, siginfo_t *info, void *more) {
  wasInterrupted = true;
  if (lfm2rt_context *context = target)
    cancel.load()(context);
  if (previous.sa_flags & SA_SIGINFO)
    previous.sa_sigaction(signal, info, more);
  else
    previous.sa_handler(signal);
}

bool isHandler(const struct sigaction &action) {
  return (action.sa_flags & SA_SIGINFO) ||
         (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN);
}

} // namespace

Interrupt::Interrupt(lfm2e::Context &context) {
  if (PyThread_get_thread_ident() != mainThread ||
      sigaction(SIGINT, nullptr, &before) != 0 || !isHandler(before))
    return;
  struct sigaction ours = before;
  ours.sa_sigaction = onSignal;
  ours.sa_flags |= SA_SIGINFO;
  previous = before;
  wasInterrupted = false;
  cancel = context.api().cancel;
  target = context.get();
  isOn = sigaction(SIGINT, &ours, nullptr) == 0;
}

Interrupt::~Interrupt() {
  if (!isOn)
    return;
  sigaction(SIGINT, &before, nullptr);
  target = nullptr;
}

bool Interrupt::came() { return isOn && wasInterrupted.exchange(false); }

void findMainThread() {
  mainThread = py::cast<unsigned long>(
      py::module_::import("threading").attr("main_thread")().attr("ident"));
}

} // namespace lfm2py
