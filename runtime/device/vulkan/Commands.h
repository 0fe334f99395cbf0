// One command buffer that is recorded, submitted and waited for, again and
// again.
#ifndef LFM2RT_DEVICE_VULKAN_COMMANDS_H
#define LFM2RT_DEVICE_VULKAN_COMMANDS_H

#include "runtime/device/vulkan/Device.h"

namespace lfm2rt::vk {

// All that was written is seen by all that follows on the queue, and by the
// host once a fence is waited for.
void recordBarrier(const DeviceFunctions &call, CommandBuffer commands);
// What a kernel wrote is seen by the next.
void recordBetween(const DeviceFunctions &call, CommandBuffer commands);
void recordForHost(const DeviceFunctions &call, CommandBuffer commands);

class Commands {
public:
  lfm2rt_status open(VulkanDevice &device, lfm2rt_error *error);
  // Also of one that was not opened: all zeros.
  void close();
  // What body(commands) records is submitted, when what was before has ended.
  template <typename Body> Result submit(Body body) {
    Result result = begin();
    if (result != Success)
      return result;
    body(commands);
    return end();
  }
  // Until what was submitted has ended.
  Result wait();
  template <typename Body> Result run(Body body) {
    Result result = submit(body);
    return result == Success ? wait() : result;
  }

private:
  Result begin();
  Result end();

  VulkanDevice *device;
  Handle pool, fence;
  CommandBuffer commands;
  bool isRunning;
};

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_COMMANDS_H
