// What the runtime needs of Vulkan 1.3: structures and numbers of its registry,
// by their names there without the prefix. Vulkan's headers are not needed to
// build the runtime; test/unit/Runtime/VulkanApiTest.cpp compares with them
// where they are.
//
// Machines of 64 bits alone: handles are words.
#ifndef LFM2RT_DEVICE_VULKAN_API_H
#define LFM2RT_DEVICE_VULKAN_API_H

#include <stddef.h>
#include <stdint.h>

namespace lfm2rt::vk {

// Numbers fields of a structure as Vulkan does, in front of all that has a
// type.
enum StructureType : int32_t {
  TypeApplicationInfo = 0,
  TypeInstanceCreateInfo = 1,
  TypeDeviceQueueCreateInfo = 2,
  TypeDeviceCreateInfo = 3,
  TypeSubmitInfo = 4,
  TypeMemoryAllocateInfo = 5,
  TypeMappedMemoryRange = 6,
  TypeFenceCreateInfo = 8,
  TypeQueryPoolCreateInfo = 11,
  TypeBufferCreateInfo = 12,
  TypeShaderModuleCreateInfo = 16,
  TypePipelineShaderStageCreateInfo = 18,
  TypeComputePipelineCreateInfo = 29,
  TypePipelineLayoutCreateInfo = 30,
  TypeCommandPoolCreateInfo = 39,
  TypeCommandBufferAllocateInfo = 40,
  TypeCommandBufferBeginInfo = 42,
  TypeMemoryBarrier = 46,
  TypePhysicalDeviceVulkan11Features = 49,
  TypePhysicalDeviceVulkan12Features = 51,
  TypePhysicalDeviceVulkan13Features = 53,
  TypePhysicalDeviceFeatures2 = 1000059000,
  TypePhysicalDeviceProperties2 = 1000059001,
  TypePhysicalDeviceMemoryProperties2 = 1000059006,
  TypeMemoryAllocateFlagsInfo = 1000060000,
  TypePhysicalDeviceMaintenance3Properties = 1000168000,
  TypePhysicalDeviceMemoryBudgetPropertiesEXT = 1000237000,
  TypeBufferDeviceAddressInfo = 1000244001,
  TypePhysicalDeviceMaintenance4Properties = 1000413001,
};

enum Result : int32_t {
  Success = 0,
  NotReady = 1,
  ErrorOutOfHostMemory = -1,
  ErrorOutOfDeviceMemory = -2,
  ErrorInitializationFailed = -3,
  ErrorDeviceLost = -4,
  ErrorIncompatibleDriver = -9,
};

constexpr uint32_t version1_3 = 1u << 22 | 3u << 12;

enum PhysicalDeviceType : int32_t {
  DeviceOther = 0,
  DeviceIntegratedGpu = 1,
  DeviceDiscreteGpu = 2,
  DeviceVirtualGpu = 3,
  DeviceCpu = 4,
};

enum : uint32_t {
  QueueCompute = 2,

  MemoryDeviceLocal = 1,
  MemoryHostVisible = 2,
  MemoryHostCoherent = 4,
  MemoryHostCached = 8,
  AllocateDeviceAddress = 2,

  UsageTransferSource = 1,
  UsageTransferDestination = 2,
  UsageStorageBuffer = 0x20,
  UsageDeviceAddress = 0x20000,

  ShaderStageCompute = 0x20,
  BindPointCompute = 1,

  PoolResetCommandBuffer = 2,

  StageComputeShader = 0x800,
  StageBottomOfPipe = 0x2000,
  StageHost = 0x4000,
  StageAllCommands = 0x10000,
  AccessShaderRead = 0x20,
  AccessShaderWrite = 0x40,
  AccessHostRead = 0x2000,
  AccessMemoryRead = 0x8000,
  AccessMemoryWrite = 0x10000,

  QueryTypeTimestamp = 2,
  QueryResult64 = 1,
  QueryResultWait = 2,
};
constexpr uint64_t wholeSize = ~uint64_t(0);

struct InstanceObject;
struct PhysicalDeviceObject;
struct DeviceObject;
struct QueueObject;
struct CommandBufferObject;
using Instance = InstanceObject *;
using PhysicalDevice = PhysicalDeviceObject *;
using DeviceHandle = DeviceObject *;
using Queue = QueueObject *;
using CommandBuffer = CommandBufferObject *;
using Handle = uint64_t; // Of a buffer, memory, a fence, ...
static_assert(sizeof(void *) == 8, "handles are words of 64 bits");

struct ApplicationInfo {
  StructureType sType;
  const void *pNext;
  const char *pApplicationName;
  uint32_t applicationVersion;
  const char *pEngineName;
  uint32_t engineVersion;
  uint32_t apiVersion;
};

struct InstanceCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  const ApplicationInfo *pApplicationInfo;
  uint32_t enabledLayerCount;
  const char *const *ppEnabledLayerNames;
  uint32_t enabledExtensionCount;
  const char *const *ppEnabledExtensionNames;
};

// Of many limits, those that are looked at.
struct PhysicalDeviceLimits {
  uint32_t before0[8];
  uint32_t maxPushConstantsSize;
  uint32_t before1[45];
  uint32_t maxComputeSharedMemorySize;
  uint32_t maxComputeWorkGroupCount[3];
  uint32_t maxComputeWorkGroupInvocations;
  uint32_t maxComputeWorkGroupSize[3];
  uint32_t before2[43];
  uint32_t timestampComputeAndGraphics;
  float timestampPeriod;
  uint64_t behind[9];
};

struct PhysicalDeviceProperties {
  uint32_t apiVersion;
  uint32_t driverVersion;
  uint32_t vendorID;
  uint32_t deviceID;
  PhysicalDeviceType deviceType;
  char deviceName[256];
  uint8_t pipelineCacheUUID[16];
  PhysicalDeviceLimits limits;
  uint32_t sparseProperties[5];
};

struct PhysicalDeviceProperties2 {
  StructureType sType;
  void *pNext;
  PhysicalDeviceProperties properties;
};

struct PhysicalDeviceMaintenance3Properties {
  StructureType sType;
  void *pNext;
  uint32_t maxPerSetDescriptors;
  uint64_t maxMemoryAllocationSize;
};

struct PhysicalDeviceMaintenance4Properties {
  StructureType sType;
  void *pNext;
  uint64_t maxBufferSize;
};

// Features are flags of one word each, in the order of Vulkan's structures.
template <int N> struct Features {
  StructureType sType;
  void *pNext;
  uint32_t flags[N];
};
using PhysicalDeviceFeatures2 = Features<55>;
using PhysicalDeviceVulkan11Features = Features<12>;
using PhysicalDeviceVulkan12Features = Features<47>;
using PhysicalDeviceVulkan13Features = Features<15>;
enum FeatureIndex : uint8_t {
  // PhysicalDeviceFeatures2
  ShaderFloat64 = 39,
  ShaderInt64 = 40,
  ShaderInt16 = 41,
  // PhysicalDeviceVulkan11Features
  StorageBuffer16BitAccess = 0,
  // PhysicalDeviceVulkan12Features
  StorageBuffer8BitAccess = 2,
  ShaderFloat16 = 7,
  ShaderInt8 = 8,
  BufferDeviceAddress = 38,
  // PhysicalDeviceVulkan13Features
  ShaderIntegerDotProduct = 13,
};

struct MemoryType {
  uint32_t propertyFlags;
  uint32_t heapIndex;
};
struct MemoryHeap {
  uint64_t size;
  uint32_t flags;
};
struct PhysicalDeviceMemoryProperties2 {
  StructureType sType;
  void *pNext;
  uint32_t memoryTypeCount;
  MemoryType memoryTypes[32];
  uint32_t memoryHeapCount;
  MemoryHeap memoryHeaps[16];
};
struct PhysicalDeviceMemoryBudgetPropertiesEXT {
  StructureType sType;
  void *pNext;
  uint64_t heapBudget[16];
  uint64_t heapUsage[16];
};

struct QueueFamilyProperties {
  uint32_t queueFlags;
  uint32_t queueCount;
  uint32_t timestampValidBits;
  uint32_t minImageTransferGranularity[3];
};

struct DeviceQueueCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t queueFamilyIndex;
  uint32_t queueCount;
  const float *pQueuePriorities;
};

struct DeviceCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t queueCreateInfoCount;
  const DeviceQueueCreateInfo *pQueueCreateInfos;
  uint32_t enabledLayerCount;
  const char *const *ppEnabledLayerNames;
  uint32_t enabledExtensionCount;
  const char *const *ppEnabledExtensionNames;
  const void *pEnabledFeatures;
};

struct BufferCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint64_t size;
  uint32_t usage;
  uint32_t sharingMode;
  uint32_t queueFamilyIndexCount;
  const uint32_t *pQueueFamilyIndices;
};

struct MemoryRequirements {
  uint64_t size;
  uint64_t alignment;
  uint32_t memoryTypeBits;
};

struct MemoryAllocateFlagsInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t deviceMask;
};

struct MemoryAllocateInfo {
  StructureType sType;
  const void *pNext;
  uint64_t allocationSize;
  uint32_t memoryTypeIndex;
};

struct MappedMemoryRange {
  StructureType sType;
  const void *pNext;
  Handle memory;
  uint64_t offset;
  uint64_t size;
};

struct BufferDeviceAddressInfo {
  StructureType sType;
  const void *pNext;
  Handle buffer;
};

struct ShaderModuleCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  size_t codeSize;
  const uint32_t *pCode;
};

struct PushConstantRange {
  uint32_t stageFlags;
  uint32_t offset;
  uint32_t size;
};

struct PipelineLayoutCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t setLayoutCount;
  const Handle *pSetLayouts;
  uint32_t pushConstantRangeCount;
  const PushConstantRange *pPushConstantRanges;
};

struct PipelineShaderStageCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t stage;
  Handle module;
  const char *pName;
  const void *pSpecializationInfo;
};

struct ComputePipelineCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  PipelineShaderStageCreateInfo stage;
  Handle layout;
  Handle basePipelineHandle;
  int32_t basePipelineIndex;
};

struct CommandPoolCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t queueFamilyIndex;
};

struct CommandBufferAllocateInfo {
  StructureType sType;
  const void *pNext;
  Handle commandPool;
  uint32_t level;
  uint32_t commandBufferCount;
};

struct CommandBufferBeginInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  const void *pInheritanceInfo;
};

struct MemoryBarrier {
  StructureType sType;
  const void *pNext;
  uint32_t srcAccessMask;
  uint32_t dstAccessMask;
};

struct BufferCopy {
  uint64_t srcOffset;
  uint64_t dstOffset;
  uint64_t size;
};

struct FenceCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
};

struct SubmitInfo {
  StructureType sType;
  const void *pNext;
  uint32_t waitSemaphoreCount;
  const Handle *pWaitSemaphores;
  const uint32_t *pWaitDstStageMask;
  uint32_t commandBufferCount;
  const CommandBuffer *pCommandBuffers;
  uint32_t signalSemaphoreCount;
  const Handle *pSignalSemaphores;
};

struct QueryPoolCreateInfo {
  StructureType sType;
  const void *pNext;
  uint32_t flags;
  uint32_t queryType;
  uint32_t queryCount;
  uint32_t pipelineStatistics;
};

// Functions, X(name, result, arguments): of an instance, of a device. Drivers
// allocate as they like: what Vulkan calls pAllocator is always null.
#define LFM2RT_VK_INSTANCE(X)                                                  \
  X(DestroyInstance, void, (Instance, const void *))                           \
  X(EnumeratePhysicalDevices, Result,                                          \
    (Instance, uint32_t *, PhysicalDevice *))                                  \
  X(GetPhysicalDeviceProperties2, void,                                        \
    (PhysicalDevice, PhysicalDeviceProperties2 *))                             \
  X(GetPhysicalDeviceFeatures2, void,                                          \
    (PhysicalDevice, PhysicalDeviceFeatures2 *))                               \
  X(GetPhysicalDeviceMemoryProperties2, void,                                  \
    (PhysicalDevice, PhysicalDeviceMemoryProperties2 *))                       \
  X(GetPhysicalDeviceQueueFamilyProperties, void,                              \
    (PhysicalDevice, uint32_t *, QueueFamilyProperties *))                     \
  X(CreateDevice, Result,                                                      \
    (PhysicalDevice, const DeviceCreateInfo *, const void *, DeviceHandle *))  \
  X(GetDeviceProcAddr, void *, (DeviceHandle, const char *))

#define LFM2RT_VK_DEVICE(X)                                                    \
  X(DestroyDevice, void, (DeviceHandle, const void *))                         \
  X(GetDeviceQueue, void, (DeviceHandle, uint32_t, uint32_t, Queue *))         \
  X(DeviceWaitIdle, Result, (DeviceHandle))                                    \
  X(QueueSubmit, Result, (Queue, uint32_t, const SubmitInfo *, Handle))        \
  X(CreateBuffer, Result,                                                      \
    (DeviceHandle, const BufferCreateInfo *, const void *, Handle *))          \
  X(DestroyBuffer, void, (DeviceHandle, Handle, const void *))                 \
  X(GetBufferMemoryRequirements, void,                                         \
    (DeviceHandle, Handle, MemoryRequirements *))                              \
  X(GetBufferDeviceAddress, uint64_t,                                          \
    (DeviceHandle, const BufferDeviceAddressInfo *))                           \
  X(AllocateMemory, Result,                                                    \
    (DeviceHandle, const MemoryAllocateInfo *, const void *, Handle *))        \
  X(FreeMemory, void, (DeviceHandle, Handle, const void *))                    \
  X(BindBufferMemory, Result, (DeviceHandle, Handle, Handle, uint64_t))        \
  X(MapMemory, Result,                                                         \
    (DeviceHandle, Handle, uint64_t, uint64_t, uint32_t, void **))             \
  X(InvalidateMappedMemoryRanges, Result,                                      \
    (DeviceHandle, uint32_t, const MappedMemoryRange *))                       \
  X(CreateShaderModule, Result,                                                \
    (DeviceHandle, const ShaderModuleCreateInfo *, const void *, Handle *))    \
  X(DestroyShaderModule, void, (DeviceHandle, Handle, const void *))           \
  X(CreatePipelineLayout, Result,                                              \
    (DeviceHandle, const PipelineLayoutCreateInfo *, const void *, Handle *))  \
  X(DestroyPipelineLayout, void, (DeviceHandle, Handle, const void *))         \
  X(CreateComputePipelines, Result,                                            \
    (DeviceHandle, Handle, uint32_t, const ComputePipelineCreateInfo *,        \
     const void *, Handle *))                                                  \
  X(DestroyPipeline, void, (DeviceHandle, Handle, const void *))               \
  X(CreateCommandPool, Result,                                                 \
    (DeviceHandle, const CommandPoolCreateInfo *, const void *, Handle *))     \
  X(DestroyCommandPool, void, (DeviceHandle, Handle, const void *))            \
  X(AllocateCommandBuffers, Result,                                            \
    (DeviceHandle, const CommandBufferAllocateInfo *, CommandBuffer *))        \
  X(BeginCommandBuffer, Result,                                                \
    (CommandBuffer, const CommandBufferBeginInfo *))                           \
  X(EndCommandBuffer, Result, (CommandBuffer))                                 \
  X(CmdBindPipeline, void, (CommandBuffer, uint32_t, Handle))                  \
  X(CmdPushConstants, void,                                                    \
    (CommandBuffer, Handle, uint32_t, uint32_t, uint32_t, const void *))       \
  X(CmdDispatch, void, (CommandBuffer, uint32_t, uint32_t, uint32_t))          \
  X(CmdPipelineBarrier, void,                                                  \
    (CommandBuffer, uint32_t, uint32_t, uint32_t, uint32_t,                    \
     const MemoryBarrier *, uint32_t, const void *, uint32_t, const void *))   \
  X(CmdCopyBuffer, void,                                                       \
    (CommandBuffer, Handle, Handle, uint32_t, const BufferCopy *))             \
  X(CmdFillBuffer, void,                                                       \
    (CommandBuffer, Handle, uint64_t, uint64_t, uint32_t))                     \
  X(CreateQueryPool, Result,                                                   \
    (DeviceHandle, const QueryPoolCreateInfo *, const void *, Handle *))       \
  X(DestroyQueryPool, void, (DeviceHandle, Handle, const void *))              \
  X(CmdResetQueryPool, void, (CommandBuffer, Handle, uint32_t, uint32_t))      \
  X(CmdWriteTimestamp, void, (CommandBuffer, uint32_t, Handle, uint32_t))      \
  X(GetQueryPoolResults, Result,                                               \
    (DeviceHandle, Handle, uint32_t, uint32_t, size_t, void *, uint64_t,       \
     uint32_t))                                                                \
  X(CreateFence, Result,                                                       \
    (DeviceHandle, const FenceCreateInfo *, const void *, Handle *))           \
  X(DestroyFence, void, (DeviceHandle, Handle, const void *))                  \
  X(ResetFences, Result, (DeviceHandle, uint32_t, const Handle *))             \
  X(GetFenceStatus, Result, (DeviceHandle, Handle))                            \
  X(WaitForFences, Result,                                                     \
    (DeviceHandle, uint32_t, const Handle *, uint32_t, uint64_t))

#define LFM2RT_VK_MEMBER(name, result, arguments) result(*name) arguments;
struct InstanceFunctions {
  LFM2RT_VK_INSTANCE(LFM2RT_VK_MEMBER)
};
struct DeviceFunctions {
  LFM2RT_VK_DEVICE(LFM2RT_VK_MEMBER)
};
#undef LFM2RT_VK_MEMBER

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_API_H
