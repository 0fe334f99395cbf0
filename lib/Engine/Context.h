// A context of the runtime together with its memory.

#ifndef LFM2C_LIB_ENGINE_CONTEXT_H
#define LFM2C_LIB_ENGINE_CONTEXT_H

#include "lib/Engine/Model.h"

namespace lfm2e {

/// Belongs to one thread at a time, but for cancel(). Memory is the system's,
/// and pages are taken when they are touched.
class Context {
public:
  /// Throws Failure where the runtime refuses, or memory is short.
  Context(std::shared_ptr<const Model> model,
          const lfm2rt_context_options &options);
  ~Context();
  Context(const Context &) = delete;
  Context &operator=(const Context &) = delete;

  lfm2rt_context *get() const { return context; }
  const Model &model() const { return *owner; }
  const Functions &api() const { return owner->api(); }
  uint32_t position() const { return api().position(context); }
  uint32_t capacity() const { return api().capacity(context); }
  void cancel() { api().cancel(context); }

private:
  std::shared_ptr<const Model> owner;
  lfm2rt_context *context = nullptr;
  void *memory = nullptr;
  uint64_t size = 0;
};

/// Cores that this process may use, as affinity and the quota of its group say.
uint32_t usableCores();

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_CONTEXT_H
