// Which device runs a program, and which variant of it.
#ifndef LFM2RT_DEVICE_VULKAN_CHOOSE_H
#define LFM2RT_DEVICE_VULKAN_CHOOSE_H

#include "runtime/device/vulkan/Instance.h"
#include "runtime/include/lfm2rt/abi.h"

namespace lfm2rt::vk {

// The first variant of the program that the device can run, or nullptr.
const lfm2_variant *variantFor(const lfm2_program &program,
                               const Physical &physical);
// "shaderInt64, 32768 bytes of shared memory (it has 16384)": what the device
// lacks of what the variant of the program that asks for the least needs. Empty
// where there is one that it can run.
void listLacking(Message &message, const lfm2_program &program,
                 const Physical &physical);

// That there is none.
lfm2rt_status noDevice(lfm2rt_error *error);
// The device that `name` names; see lfm2rt_model_open_device().
lfm2rt_status choose(Physical &physical, const lfm2_variant *&variant,
                     const lfm2_program &program, const char *name,
                     const InstanceOf &instance, lfm2rt_error *error);

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_CHOOSE_H
