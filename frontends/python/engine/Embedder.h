// Vectors of texts for Python.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_EMBEDDER_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_EMBEDDER_H

#include "frontends/python/engine/Floats.h"
#include "frontends/python/engine/Model.h"
#include "lib/Engine/Embedder.h"

namespace lfm2py {

/// Any thread; calls wait for each other.
class Embedder {
public:
  Embedder(const Model &model, uint32_t threads);

  /// [rows, width] of all texts, one text's behind the other's, and how many
  /// rows each has. `flags` of lfm2rt_embed(). Ctrl-C ends it between some
  /// steps.
  pybind11::tuple embed(const std::vector<std::vector<int32_t>> &texts,
                        uint32_t flags);
  void close();

private:
  Guard guard{"model"};
  std::shared_ptr<lfm2e::Embedder> embedder;
};

void defineEmbedder(pybind11::module_ &module);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_EMBEDDER_H
