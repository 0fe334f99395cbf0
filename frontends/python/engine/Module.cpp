// The Python module lfm2_compile._engine: runs compiled models.
//
// It is thin: what has a shape in Python (documentation, defaults, classes of
// results) stands in lfm2_compile/*.py above it.

#include "frontends/python/engine/Answer.h"
#include "frontends/python/engine/Batch.h"
#include "frontends/python/engine/Embedder.h"
#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Interrupt.h"
#include "frontends/python/engine/Refusal.h"

namespace py = pybind11;

PYBIND11_MODULE(_engine, module) {
  module.doc() = "Runs compiled models; lfm2_compile has what is to be called.";
  lfm2py::waitAtExit();
  lfm2py::findMainThread();
  lfm2py::registerErrors();
  lfm2py::defineModel(module);
  lfm2py::defineContext(module);
  lfm2py::defineResult(module);
  lfm2py::defineAnswer(module);
  lfm2py::defineBatch(module);
  lfm2py::defineEmbedder(module);
}
