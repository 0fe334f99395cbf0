// Ctrl-C within a call that computes without the GIL.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_INTERRUPT_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_INTERRUPT_H

#include "lib/Engine/Context.h"

#include <signal.h>

namespace lfm2py {

/// While it lives, SIGINT cancels what a context reads, and then does what it
/// would have done: Python's handler notes that it has to raise
/// KeyboardInterrupt.
///
/// Only in Python's main thread, which alone raises it; elsewhere, and where
/// SIGINT has no handler, it does nothing. Made and destroyed without the GIL.
class Interrupt {
public:
  explicit Interrupt(lfm2e::Context &context);
  ~Interrupt();
  Interrupt(const Interrupt &) = delete;
  Interrupt &operator=(const Interrupt &) = delete;

  /// Whether it came since this was last asked.
  bool came();

private:
  bool isOn = false;
  struct sigaction before;
};

/// Called once, while the module is imported: remembers the main thread.
void findMainThread();

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_INTERRUPT_H
