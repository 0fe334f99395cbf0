// Vulkan's loader, and what it finds.
#ifndef LFM2RT_DEVICE_VULKAN_INSTANCE_H
#define LFM2RT_DEVICE_VULKAN_INSTANCE_H

#include "runtime/device/vulkan/Api.h"
#include "runtime/src/Message.h"

namespace lfm2rt::vk {

// A device as it is before it is opened.
struct Physical {
  PhysicalDevice handle;
  PhysicalDeviceProperties properties;
  uint64_t features; // Bit i stands for feature i of features_vulkan.h.
  uint64_t mostAllocation, mostBuffer; // Bytes.
  uint32_t family, timestampBits;      // Of queues; the first that computes.
  MemoryType types[32];
  uint32_t numTypes;
  MemoryHeap heaps[16];
  // The type of memory on the device, the first of the largest heap.
  uint32_t localType() const;
};

class InstanceOf {
public:
  // Opens the loader and makes an instance.
  lfm2rt_status open(lfm2rt_error *error);
  void close();

  static constexpr uint32_t mostDevices = 16;
  // All, those that compute fastest first; otherwise in the loader's order.
  uint32_t list(PhysicalDevice (&devices)[mostDevices]) const;
  void describe(Physical &physical, PhysicalDevice device) const;
  // Bytes of a heap that this process may still take, which has `taken` of it.
  uint64_t available(const Physical &physical, uint32_t heap,
                     uint64_t taken) const;

  const InstanceFunctions &functions() const { return call; }

private:
  Instance instance;
  InstanceFunctions call;
};

// "discrete", ...
const char *kindOf(const Physical &physical);

// "out of device memory (VK_ERROR_OUT_OF_DEVICE_MEMORY)"; of others the number.
Message &operator<<(Message &message, Result result);

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_INSTANCE_H
