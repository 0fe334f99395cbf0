// The GIL, given back while a call computes, and taken again; also while the
// interpreter ends.
//
// Python ends a daemon thread where it waits for the GIL of an interpreter that
// goes away, and up to 3.13 by unwinding its stack, which C++ answers by ending
// the process. So at exit calls are waited for, and do not return: their
// threads stay where they are until the process has ended.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_GIL_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_GIL_H

#include <pybind11/pybind11.h>

namespace lfm2py {

/// Not held while it lives.
class WithoutGil {
public:
  WithoutGil();
  ~WithoutGil();
  WithoutGil(const WithoutGil &) = delete;
  WithoutGil &operator=(const WithoutGil &) = delete;

private:
  PyThreadState *state;
};

/// Held for a moment, within a WithoutGil.
class WithGil {
public:
  WithGil() : state(PyGILState_Ensure()) {}
  ~WithGil() { PyGILState_Release(state); }
  WithGil(const WithGil &) = delete;
  WithGil &operator=(const WithGil &) = delete;

private:
  PyGILState_STATE state;
};

/// Within a WithoutGil, between two steps of what takes long: does not return
/// where the interpreter ends.
void stayIfEnding();

/// Called once, while the module is imported: at exit calls are waited for.
void waitAtExit();

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_GIL_H
