#include "frontends/python/engine/Embedder.h"

#include "frontends/python/engine/Gil.h"
#include "frontends/python/engine/Refusal.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace lfm2py {
namespace {

using Texts = std::vector<std::vector<int32_t>>;

/// As many of them from `first` on as are some steps' worth.
Texts someOf(const Texts &texts, size_t first, size_t tokens) {
  Texts some;
  for (size_t sum = 0; first < texts.size() && (some.empty() || sum < tokens);
       ++first) {
    sum += texts[first].size();
    some.push_back(texts[first]);
  }
  return some;
}

} // namespace

Embedder::Embedder(const Model &model, uint32_t threads)
    : embedder(lfm2e::Embedder::create(model.get(), {0, threads})) {}

py::tuple Embedder::embed(const Texts &texts, uint32_t flags) {
  guard.check();
  std::shared_ptr<lfm2e::Embedder> kept = embedder;
  lfm2e::Embedder::Vectors all;
  for (size_t first = 0; first < texts.size();) {
    {
      WithoutGil release;
      Texts some = someOf(texts, first, 16 * size_t(kept->limit()));
      first += some.size();
      lfm2e::Embedder::Vectors part = kept->embed(some, flags);
      all.width = part.width;
      all.rows.insert(all.rows.end(), part.rows.begin(), part.rows.end());
      all.values.insert(all.values.end(), part.values.begin(),
                        part.values.end());
    }
    checkSignals();
  }
  size_t rows = all.width ? all.values.size() / all.width : 0;
  return py::make_tuple(Floats::of(std::move(all.values),
                                   {py::ssize_t(rows), py::ssize_t(all.width)}),
                        all.rows);
}

void Embedder::close() {
  guard.close();
  embedder.reset();
}

void defineEmbedder(py::module_ &module) {
  py::class_<Embedder>(module, "Embedder")
      .def(py::init<const Model &, uint32_t>(), py::arg("model"),
           py::arg("threads") = 0)
      .def("embed", &Embedder::embed, py::arg("texts"), py::arg("flags"))
      .def("close", &Embedder::close);
}

} // namespace lfm2py
