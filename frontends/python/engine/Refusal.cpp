#include "frontends/python/engine/Refusal.h"

#include "lib/Engine/Failure.h"

namespace py = pybind11;

namespace lfm2py {

static const char *nameOf(lfm2rt_status status) {
  switch (status) {
  case LFM2RT_INVALID_ARGUMENT:
    return "InvalidArgument";
  case LFM2RT_NO_MEMORY:
    return "NoMemory";
  case LFM2RT_CONTEXT_FULL:
    return "ContextFull";
  case LFM2RT_CANCELLED:
    return "Cancelled";
  case LFM2RT_UNSUPPORTED_CPU:
    return "UnsupportedCpu";
  case LFM2RT_BAD_WEIGHTS:
    return "BadWeights";
  case LFM2RT_SYSTEM:
    return "SystemFailure";
  case LFM2RT_NO_TOKENIZER:
    return "NoTokenizer";
  case LFM2RT_NOT_FINITE:
    return "NotFinite";
  case LFM2RT_NO_DEVICE:
    return "NoDevice";
  case LFM2RT_DEVICE_LOST:
    return "DeviceLost";
  case LFM2RT_OK:
    break;
  }
  return "Lfm2Error";
}

static void raise(const char *name, const char *message, uint64_t needed) {
  try {
    py::object type = py::module_::import("lfm2_compile.errors").attr(name);
    py::object value = type(textOf(message));
    value.attr("needed") = needed;
    PyErr_SetObject(type.ptr(), value.ptr());
  } catch (py::error_already_set &error) {
    error.restore();
  }
}

void registerErrors() {
  py::register_local_exception_translator([](std::exception_ptr thrown) {
    try {
      std::rethrow_exception(std::move(thrown));
    } catch (const lfm2e::Failure &failure) {
      raise(nameOf(failure.status), failure.what(), failure.needed);
    } catch (const lfm2e::QueueFull &full) {
      raise("QueueFull", full.what(), 0);
    } catch (const Refusal &refusal) {
      raise(refusal.exception, refusal.what(), 0);
    }
  });
}

void refuseValue(const std::string &expected, py::handle found) {
  std::string shown = py::cast<std::string>(py::repr(found));
  if (shown.size() > 60)
    shown = shown.substr(0, 57) + "...";
  throw Refusal("InvalidArgument", "expected " + expected + ", found " + shown);
}

std::string utf8Of(py::handle text) {
  if (!PyUnicode_Check(text.ptr()))
    refuseValue("a text", text);
  Py_ssize_t size = 0;
  if (const char *bytes = PyUnicode_AsUTF8AndSize(text.ptr(), &size))
    return std::string(bytes, size_t(size));
  PyErr_Clear();
  refuseValue("a text that UTF-8 can say, without half of a surrogate pair",
              text);
}

py::str textOf(std::string_view bytes) {
  return py::reinterpret_steal<py::str>(
      PyUnicode_DecodeUTF8(bytes.data(), Py_ssize_t(bytes.size()), "replace"));
}

void checkSignals() {
  if (PyErr_CheckSignals() != 0)
    throw py::error_already_set();
}

} // namespace lfm2py
