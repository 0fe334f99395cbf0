// The Python module lfm2_compile._compiler: the compiler in this process.

#include "lib/Compiler/Version.h"
#include <pybind11/pybind11.h>

namespace py = pybind11;

PYBIND11_MODULE(_compiler, module) {
  module.doc() = "The compiler; lfm2_compile has what is to be called.";
  module.def(
      "version", [] { return lfm2c::getCompilerVersion().str(); },
      "The version of the compiler, as \"0.1.0\".");
}
