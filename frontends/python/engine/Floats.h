// Numbers of the engine that Python sees where they lie.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_FLOATS_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_FLOATS_H

#include <memory>
#include <pybind11/pybind11.h>
#include <vector>

namespace lfm2py {

/// float32, read only, [rows, columns] or [columns]. Has the buffer interface,
/// by which NumPy makes an array of it that copies nothing and keeps it alive;
/// it keeps alive what it lies in.
struct Floats {
  std::shared_ptr<const void> owner;
  const float *data;
  std::vector<pybind11::ssize_t> shape;

  /// Takes the numbers over.
  static Floats of(std::vector<float> values,
                   std::vector<pybind11::ssize_t> shape) {
    auto kept = std::make_shared<const std::vector<float>>(std::move(values));
    return {kept, kept->data(), std::move(shape)};
  }
};

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_FLOATS_H
