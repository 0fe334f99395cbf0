// A model, as Python sees it: texts and ids, and what the model is.

#ifndef LFM2C_FRONTENDS_PYTHON_ENGINE_MODEL_H
#define LFM2C_FRONTENDS_PYTHON_ENGINE_MODEL_H

#include "frontends/python/engine/FairLock.h"
#include "frontends/python/engine/Guard.h"
#include "lib/Engine/Model.h"

#include <pybind11/pybind11.h>

namespace lfm2py {

/// Any thread may call any of it, but for close(), behind which calls fail.
/// What was made of the model keeps it open.
class Model {
public:
  Model(const std::string &path, const std::string &weights,
        const std::string &device);

  /// The same model for somebody else: neither minds that the other is closed.
  std::shared_ptr<Model> share() const;

  /// Throws Refusal after close().
  std::shared_ptr<lfm2e::Model> get() const;
  /// That of all contexts of the model.
  const std::shared_ptr<FairLock> &turns() const { return lock; }
  void close();
  bool isClosed() const { return guard.isClosed(); }

private:
  Model(std::shared_ptr<lfm2e::Model> model, std::shared_ptr<FairLock> lock)
      : model(std::move(model)), lock(std::move(lock)) {}

  Guard guard{"model"};
  std::shared_ptr<lfm2e::Model> model;
  std::shared_ptr<FairLock> lock = std::make_shared<FairLock>();
};

void defineModel(pybind11::module_ &module);

/// Ids of a list or an array. Throws Refusal where one is not below
/// `vocabulary`.
std::vector<int32_t> idsOf(pybind11::handle list, uint32_t vocabulary);

} // namespace lfm2py

#endif // LFM2C_FRONTENDS_PYTHON_ENGINE_MODEL_H
