// The Python module lfm2_compile._compiler: the compiler in this process.

#include "frontends/python/compiler/Compile.h"
#include "lib/Compiler/Version.h"

namespace py = pybind11;

namespace {

/// A list of pairs of bytes.
lfm2c::OptionWords readWords(const py::list &pairs) {
  lfm2c::OptionWords words;
  for (py::handle pair : pairs) {
    const auto [name, word] =
        std::pair<py::str, py::bytes>(pair[py::int_(0)], pair[py::int_(1)]);
    words.give(std::string(name), std::string(word));
  }
  return words;
}

/// As lfm2_compile.CompileError, which is Python's own.
void translate(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const lfm2py::CompileFailure &failure) {
    const py::object type =
        py::module_::import("lfm2_compile.compiler").attr("CompileError");
    PyErr_SetString(type.ptr(), failure.what());
  }
}

} // namespace

PYBIND11_MODULE(_compiler, module) {
  module.doc() = "The compiler; lfm2_compile has what is to be called.";
  lfm2py::keepSignalHandlers();
  py::register_local_exception_translator(translate);
  module.def(
      "version", [] { return lfm2c::getCompilerVersion().str(); },
      "The version of the compiler, as \"0.1.0\".");
  module.def(
      "compile",
      [](const py::bytes &model, const py::bytes &output, const py::list &words,
         const py::object &progress) {
        return lfm2py::compile(model, output, readWords(words), nullptr,
                               progress);
      },
      py::arg("model"), py::arg("output"), py::arg("words"),
      py::arg("progress"),
      "Compiles the checkpoint at the path `model`. See lfm2_compile.compile.");
}
