#include "runtime/device/vulkan/Instance.h"
#include "runtime/device/vulkan/Features.h"
#include "runtime/platform/Loader.h"

namespace lfm2rt::vk {
namespace {

// Lower is better.
int rankOf(PhysicalDeviceType type) {
  switch (type) {
  case DeviceDiscreteGpu:
    return 0;
  case DeviceIntegratedGpu:
    return 1;
  case DeviceVirtualGpu:
    return 2;
  case DeviceOther:
    return 3;
  case DeviceCpu:
    break;
  }
  return 4;
}

} // namespace

lfm2rt_status InstanceOf::open(lfm2rt_error *error) {
  void *library = platform::openLibrary("libvulkan.so.1");
  if (!library)
    library = platform::openLibrary("libvulkan.so"); // Android.
  if (!library)
    return Failure(error, LFM2RT_NO_DEVICE)
           << "expected Vulkan's loader, libvulkan.so.1, found none; install "
              "the driver of the device with it (Debian: libvulkan1)";
  using GetInstanceProcAddr = void *(*)(Instance, const char *);
  auto get = reinterpret_cast<GetInstanceProcAddr>(
      platform::findSymbol(library, "vkGetInstanceProcAddr"));
  auto create = get ? reinterpret_cast<Result (*)(const InstanceCreateInfo *,
                                                  const void *, Instance *)>(
                          get(nullptr, "vkCreateInstance"))
                    : nullptr;
  if (!create)
    return Failure(error, LFM2RT_NO_DEVICE)
           << "expected Vulkan's loader in libvulkan.so.1, found another "
              "library; install Vulkan's";
  ApplicationInfo application = {};
  application.sType = TypeApplicationInfo;
  application.pApplicationName = "lfm2";
  application.apiVersion = version1_3;
  InstanceCreateInfo info = {};
  info.sType = TypeInstanceCreateInfo;
  info.pApplicationInfo = &application;
  Result result = create(&info, nullptr, &instance);
  if (result != Success) {
    Failure failure(error, LFM2RT_NO_DEVICE);
    if (result == ErrorIncompatibleDriver ||
        result == ErrorInitializationFailed)
      return failure
             << "expected a driver for Vulkan, found none; install that "
                "of the device";
    return failure << "cannot start Vulkan: " << result
                   << "; is the driver of the device installed?";
  }
#define LFM2RT_VK_GET(name, result, arguments)                                 \
  call.name = reinterpret_cast<result(*) arguments>(get(instance, "v"          \
                                                                  "k" #name));
  LFM2RT_VK_INSTANCE(LFM2RT_VK_GET)
#undef LFM2RT_VK_GET
  return LFM2RT_OK;
}

void InstanceOf::close() { call.DestroyInstance(instance, nullptr); }

uint32_t InstanceOf::list(PhysicalDevice (&devices)[mostDevices]) const {
  uint32_t count = mostDevices;
  if (call.EnumeratePhysicalDevices(instance, &count, devices) < 0)
    return 0;
  int ranks[mostDevices];
  for (uint32_t i = 0; i < count; ++i) {
    PhysicalDeviceProperties2 properties = {};
    properties.sType = TypePhysicalDeviceProperties2;
    call.GetPhysicalDeviceProperties2(devices[i], &properties);
    PhysicalDevice moved = devices[i];
    int rank = rankOf(properties.properties.deviceType);
    uint32_t at = i;
    for (; at > 0 && ranks[at - 1] > rank; --at)
      devices[at] = devices[at - 1], ranks[at] = ranks[at - 1];
    devices[at] = moved, ranks[at] = rank;
  }
  return count;
}

void InstanceOf::describe(Physical &physical, PhysicalDevice device) const {
  physical = {};
  physical.handle = device;
  PhysicalDeviceMaintenance4Properties most4 = {};
  most4.sType = TypePhysicalDeviceMaintenance4Properties;
  PhysicalDeviceMaintenance3Properties most3 = {};
  most3.sType = TypePhysicalDeviceMaintenance3Properties;
  most3.pNext = &most4;
  PhysicalDeviceProperties2 properties = {};
  properties.sType = TypePhysicalDeviceProperties2;
  properties.pNext = &most3;
  call.GetPhysicalDeviceProperties2(device, &properties);
  physical.properties = properties.properties;
  physical.mostAllocation = most3.maxMemoryAllocationSize;
  // Older devices do not know the question.
  physical.mostBuffer =
      most4.maxBufferSize ? most4.maxBufferSize : physical.mostAllocation;

  FeatureSet features;
  call.GetPhysicalDeviceFeatures2(device, features.chain());
  physical.features = features.present();

  PhysicalDeviceMemoryProperties2 memory = {};
  memory.sType = TypePhysicalDeviceMemoryProperties2;
  call.GetPhysicalDeviceMemoryProperties2(device, &memory);
  physical.numTypes = memory.memoryTypeCount;
  memcpy(physical.types, memory.memoryTypes, sizeof(physical.types));
  memcpy(physical.heaps, memory.memoryHeaps, sizeof(physical.heaps));

  QueueFamilyProperties families[16] = {};
  uint32_t count = 16;
  call.GetPhysicalDeviceQueueFamilyProperties(device, &count, families);
  for (physical.family = 0; physical.family < count; ++physical.family)
    if (families[physical.family].queueFlags & QueueCompute)
      break;
  physical.timestampBits = families[physical.family % 16].timestampValidBits;
}

uint64_t InstanceOf::available(const Physical &physical, uint32_t heap,
                               uint64_t taken) const {
  uint64_t size = physical.heaps[heap].size;
  uint64_t left = size > taken ? size - taken : 0;
  PhysicalDeviceMemoryBudgetPropertiesEXT budget = {};
  budget.sType = TypePhysicalDeviceMemoryBudgetPropertiesEXT;
  PhysicalDeviceMemoryProperties2 memory = {};
  memory.sType = TypePhysicalDeviceMemoryProperties2;
  memory.pNext = &budget;
  call.GetPhysicalDeviceMemoryProperties2(physical.handle, &memory);
  uint64_t most = budget.heapBudget[heap], used = budget.heapUsage[heap];
  // Drivers without VK_EXT_memory_budget do not know the question.
  return most == 0 ? left : min(left, most > used ? most - used : 0);
}

uint32_t Physical::localType() const {
  uint32_t best = 0;
  uint64_t most = 0;
  for (uint32_t t = 0; t < numTypes; ++t) {
    uint64_t bytes = heaps[types[t].heapIndex].size;
    if (types[t].propertyFlags & MemoryDeviceLocal && bytes > most)
      best = t, most = bytes;
  }
  return best;
}

const char *kindOf(const Physical &physical) {
  switch (physical.properties.deviceType) {
  case DeviceDiscreteGpu:
    return "discrete";
  case DeviceIntegratedGpu:
    return "integrated";
  case DeviceVirtualGpu:
    return "virtual";
  case DeviceCpu:
    return "CPU";
  case DeviceOther:
    break;
  }
  return "other";
}

Message &operator<<(Message &message, Result result) {
  switch (result) {
  case ErrorOutOfHostMemory:
    return message << "out of memory";
  case ErrorOutOfDeviceMemory:
    return message << "out of the device's memory";
  case ErrorDeviceLost:
    return message << "the device was lost";
  default:
    return message << "error " << int32_t(result) << " of Vulkan";
  }
}

} // namespace lfm2rt::vk
