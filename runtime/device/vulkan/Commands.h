// One command buffer that is recorded, submitted and waited for, again and
// again.
#ifndef LFM2RT_DEVICE_VULKAN_COMMANDS_H
#define LFM2RT_DEVICE_VULKAN_COMMANDS_H

#include "runtime/device/vulkan/Device.h"

namespace lfm2rt::vk {

// All that was written is seen by all that follows on the queue, and by the
// host once a fence is waited for.
void recordBarrier(const DeviceFunctions &call, CommandBuffer commands);
void recordForHost(const DeviceFunctions &call, CommandBuffer commands);

class Commands {
public:
  lfm2rt_status open(VulkanDevice &device, lfm2rt_error *error);
  // Also of one that was not opened: all zeros.
  void close();
  // Begins to record anew, behind what was submitted before.
  CommandBuffer begin();
  // Ends it and submits it.
  Result submit();
  // Until what was submitted has ended; begin() comes after it.
  Result wait();
  Result run() {
    Result result = submit();
    return result == Success ? wait() : result;
  }

private:
  VulkanDevice *device;
  Handle pool, fence;
  CommandBuffer commands;
  bool isRunning;
};

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_COMMANDS_H
