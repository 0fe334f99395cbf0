// A device: what runs kernels, with memory of its own. What differs between
// kinds of devices (Vulkan, ...) is behind these two interfaces and that of
// engines; a folder for each kind implements them, and a program names the
// driver of its kind.
#ifndef LFM2RT_DEVICE_DEVICE_H
#define LFM2RT_DEVICE_DEVICE_H

#include "runtime/src/Engine.h"

namespace lfm2rt {

// One that is open. Shared by all weights and contexts of a model.
class Device {
public:
  virtual void close() = 0;
  virtual const char *name() const = 0;
  // Of the program, the best that it can run.
  virtual const lfm2_variant &variant() const = 0;

  // Of its memory, for weights: exactly what upload() takes.
  virtual uint64_t weightsBytes(const lfm2_program &program) = 0;
  virtual lfm2rt_status upload(lfm2rt_weights &weights,
                               lfm2rt_error *error) = 0;
  // Gives back what upload() took, if anything.
  virtual void drop(lfm2rt_weights &weights) = 0;

  // Of its memory, for a context, and of the caller's, for what stands for it
  // there, at a multiple of 64.
  virtual uint64_t contextBytes(const StepRoom &room) = 0;
  // Of its memory that could be taken now, as far as is known.
  virtual uint64_t available() const = 0;
  virtual uint64_t engineBytes() const = 0;
  // Sets context.engine and context.state, which is 0.
  virtual lfm2rt_status makeEngine(lfm2rt_context &context,
                                   const StepRoom &room, void *memory,
                                   lfm2rt_error *error) = 0;

protected:
  ~Device() = default;
};

// Those of a kind: what lfm2_program.driver points to.
struct Driver {
  // Bytes of memory, at a multiple of 64, in which a device of the program
  // lies.
  uint64_t (*size)(const lfm2_program &program);
  // See lfm2rt_devices().
  lfm2rt_status (*list)(const lfm2_program &program, lfm2rt_device_info *infos,
                        uint32_t capacity, uint32_t *count,
                        lfm2rt_error *error);
  // The one of that name; see lfm2rt_model_open_device().
  lfm2rt_status (*open)(Device *&device, const lfm2_program &program,
                        const char *name, void *memory, lfm2rt_error *error);
};

inline const Driver *driverOf(const lfm2_program &program) {
  return static_cast<const Driver *>(program.driver);
}

// nullptr where the model runs on the CPU.
inline Device *deviceOf(const lfm2rt_model &model) {
  return static_cast<Device *>(model.device);
}

} // namespace lfm2rt

extern "C" const lfm2rt::Driver lfm2rt_vulkan;

#endif // LFM2RT_DEVICE_DEVICE_H
