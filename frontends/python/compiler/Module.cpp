// The Python module lfm2_compile._compiler: the compiler in this process.

#include "frontends/module/LiveModule.h"
#include "frontends/python/compiler/Compile.h"
#include "lib/Compiler/Version.h"
#include <pybind11/stl.h>

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

using Texts = std::map<std::string, std::string>;
/// Name, type, shape and memory, as LiveTensor has them.
using TensorWords =
    std::tuple<std::string, std::string, std::vector<int64_t>, py::buffer>;

lfm2c::CheckpointSource makeSource(const std::string &name, const Texts &texts,
                                   const std::vector<TensorWords> &tensors) {
  auto module = std::make_shared<lfm2c::LiveModule>();
  module->name = name;
  module->texts.insert(texts.begin(), texts.end());
  for (const auto &[tensor, type, shape, memory] : tensors) {
    lfm2c::LiveTensor live;
    live.name = tensor;
    live.type = type;
    live.shape.assign(shape.begin(), shape.end());
    const py::buffer_info info = memory.request();
    live.bytes = {static_cast<const uint8_t *>(info.ptr),
                  size_t(info.size * info.itemsize)};
    module->tensors.push_back(std::move(live));
  }
  return [module](const lfm2c::ReadOptions &options) {
    return lfm2c::readLiveModule(*module, options);
  };
}

/// As lfm2_compile.CompileError, which is Python's own.
void translate(std::exception_ptr thrown) {
  try {
    std::rethrow_exception(std::move(thrown));
  } catch (const lfm2py::CompileFailure &failure) {
    const py::object type =
        py::module_::import("lfm2_compile.errors").attr("CompileError");
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
  module.def(
      "compile_module",
      [](const std::string &name, const Texts &texts,
         const std::vector<TensorWords> &tensors, const py::bytes &output,
         const py::list &words, const py::object &progress) {
        return lfm2py::compile(name, output, readWords(words),
                               makeSource(name, texts, tensors), progress);
      },
      py::arg("name"), py::arg("texts"), py::arg("tensors"), py::arg("output"),
      py::arg("words"), py::arg("progress"),
      "Compiles a model in memory: texts by the names of their files; of each "
      "tensor its name, its type as safetensors has it, its shape, and a "
      "buffer "
      "of its bytes, which must stay as they are meanwhile.");
}
