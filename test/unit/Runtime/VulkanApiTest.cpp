// The runtime's own declarations of Vulkan, against Vulkan's headers.
#include "gtest/gtest.h"

#if !__has_include(<vulkan/vulkan_core.h>)
TEST(VulkanApi, IsThatOfTheHeaders) {
  GTEST_SKIP() << "NOT TESTED: Vulkan's headers are not here (libvulkan-dev)";
}
#else
#include "runtime/device/vulkan/Api.h"
#include "runtime/include/lfm2rt/features_vulkan.h"

#include <cstddef>
#include <type_traits>
#include <vulkan/vulkan_core.h>

using namespace lfm2rt;

namespace {

#define SIZE(type) static_assert(sizeof(vk::type) == sizeof(Vk##type), #type)
#define AT(type, field)                                                        \
  static_assert(offsetof(vk::type, field) == offsetof(Vk##type, field) &&      \
                    sizeof(vk::type::field) == sizeof(Vk##type::field),        \
                #type "." #field)
#define NUMBER(ours, theirs)                                                   \
  static_assert(uint64_t(vk::ours) == uint64_t(theirs), #ours)

SIZE(ApplicationInfo);
AT(ApplicationInfo, apiVersion);
SIZE(InstanceCreateInfo);
AT(InstanceCreateInfo, pApplicationInfo);
AT(InstanceCreateInfo, ppEnabledExtensionNames);
SIZE(PhysicalDeviceLimits);
AT(PhysicalDeviceLimits, maxPushConstantsSize);
AT(PhysicalDeviceLimits, maxComputeSharedMemorySize);
AT(PhysicalDeviceLimits, maxComputeWorkGroupCount);
AT(PhysicalDeviceLimits, maxComputeWorkGroupInvocations);
AT(PhysicalDeviceLimits, maxComputeWorkGroupSize);
AT(PhysicalDeviceLimits, timestampComputeAndGraphics);
AT(PhysicalDeviceLimits, timestampPeriod);
SIZE(PhysicalDeviceProperties);
AT(PhysicalDeviceProperties, deviceType);
AT(PhysicalDeviceProperties, deviceName);
AT(PhysicalDeviceProperties, limits);
SIZE(PhysicalDeviceProperties2);
SIZE(PhysicalDeviceMaintenance3Properties);
AT(PhysicalDeviceMaintenance3Properties, maxMemoryAllocationSize);
SIZE(PhysicalDeviceMaintenance4Properties);
AT(PhysicalDeviceMaintenance4Properties, maxBufferSize);
SIZE(PhysicalDeviceFeatures2);
SIZE(PhysicalDeviceVulkan11Features);
SIZE(PhysicalDeviceVulkan12Features);
SIZE(PhysicalDeviceVulkan13Features);
static_assert(sizeof(VkPhysicalDeviceMemoryProperties2) ==
                  sizeof(vk::PhysicalDeviceMemoryProperties2),
              "memory");
static_assert(offsetof(VkPhysicalDeviceMemoryProperties2, memoryProperties) +
                      offsetof(VkPhysicalDeviceMemoryProperties, memoryHeaps) ==
                  offsetof(vk::PhysicalDeviceMemoryProperties2, memoryHeaps),
              "memory");
SIZE(MemoryType);
SIZE(MemoryHeap);
SIZE(PhysicalDeviceMemoryBudgetPropertiesEXT);
AT(PhysicalDeviceMemoryBudgetPropertiesEXT, heapUsage);
SIZE(QueueFamilyProperties);
AT(QueueFamilyProperties, timestampValidBits);
SIZE(DeviceQueueCreateInfo);
AT(DeviceQueueCreateInfo, pQueuePriorities);
SIZE(DeviceCreateInfo);
AT(DeviceCreateInfo, pQueueCreateInfos);
AT(DeviceCreateInfo, ppEnabledExtensionNames);
SIZE(BufferCreateInfo);
AT(BufferCreateInfo, size);
AT(BufferCreateInfo, usage);
SIZE(MemoryRequirements);
AT(MemoryRequirements, memoryTypeBits);
SIZE(MemoryAllocateFlagsInfo);
AT(MemoryAllocateFlagsInfo, flags);
SIZE(MemoryAllocateInfo);
AT(MemoryAllocateInfo, memoryTypeIndex);
SIZE(MappedMemoryRange);
AT(MappedMemoryRange, size);
SIZE(BufferDeviceAddressInfo);
AT(BufferDeviceAddressInfo, buffer);
SIZE(ShaderModuleCreateInfo);
AT(ShaderModuleCreateInfo, pCode);
SIZE(PushConstantRange);
SIZE(PipelineLayoutCreateInfo);
AT(PipelineLayoutCreateInfo, pPushConstantRanges);
SIZE(PipelineShaderStageCreateInfo);
AT(PipelineShaderStageCreateInfo, pName);
SIZE(ComputePipelineCreateInfo);
AT(ComputePipelineCreateInfo, stage);
AT(ComputePipelineCreateInfo, layout);
AT(ComputePipelineCreateInfo, basePipelineIndex);
SIZE(CommandPoolCreateInfo);
AT(CommandPoolCreateInfo, queueFamilyIndex);
SIZE(CommandBufferAllocateInfo);
AT(CommandBufferAllocateInfo, commandBufferCount);
SIZE(CommandBufferBeginInfo);
SIZE(MemoryBarrier);
AT(MemoryBarrier, dstAccessMask);
SIZE(BufferCopy);
AT(BufferCopy, dstOffset);
SIZE(FenceCreateInfo);
SIZE(SubmitInfo);
AT(SubmitInfo, pCommandBuffers);
SIZE(QueryPoolCreateInfo);
AT(QueryPoolCreateInfo, queryCount);

#define TYPE(name, theirs) NUMBER(Type##name, VK_STRUCTURE_TYPE_##theirs)
TYPE(ApplicationInfo, APPLICATION_INFO);
TYPE(InstanceCreateInfo, INSTANCE_CREATE_INFO);
TYPE(DeviceQueueCreateInfo, DEVICE_QUEUE_CREATE_INFO);
TYPE(DeviceCreateInfo, DEVICE_CREATE_INFO);
TYPE(SubmitInfo, SUBMIT_INFO);
TYPE(MemoryAllocateInfo, MEMORY_ALLOCATE_INFO);
TYPE(MappedMemoryRange, MAPPED_MEMORY_RANGE);
TYPE(FenceCreateInfo, FENCE_CREATE_INFO);
TYPE(QueryPoolCreateInfo, QUERY_POOL_CREATE_INFO);
TYPE(BufferCreateInfo, BUFFER_CREATE_INFO);
TYPE(ShaderModuleCreateInfo, SHADER_MODULE_CREATE_INFO);
TYPE(PipelineShaderStageCreateInfo, PIPELINE_SHADER_STAGE_CREATE_INFO);
TYPE(ComputePipelineCreateInfo, COMPUTE_PIPELINE_CREATE_INFO);
TYPE(PipelineLayoutCreateInfo, PIPELINE_LAYOUT_CREATE_INFO);
TYPE(CommandPoolCreateInfo, COMMAND_POOL_CREATE_INFO);
TYPE(CommandBufferAllocateInfo, COMMAND_BUFFER_ALLOCATE_INFO);
TYPE(CommandBufferBeginInfo, COMMAND_BUFFER_BEGIN_INFO);
TYPE(MemoryBarrier, MEMORY_BARRIER);
TYPE(PhysicalDeviceVulkan11Features, PHYSICAL_DEVICE_VULKAN_1_1_FEATURES);
TYPE(PhysicalDeviceVulkan12Features, PHYSICAL_DEVICE_VULKAN_1_2_FEATURES);
TYPE(PhysicalDeviceVulkan13Features, PHYSICAL_DEVICE_VULKAN_1_3_FEATURES);
TYPE(PhysicalDeviceFeatures2, PHYSICAL_DEVICE_FEATURES_2);
TYPE(PhysicalDeviceProperties2, PHYSICAL_DEVICE_PROPERTIES_2);
TYPE(PhysicalDeviceMemoryProperties2, PHYSICAL_DEVICE_MEMORY_PROPERTIES_2);
TYPE(MemoryAllocateFlagsInfo, MEMORY_ALLOCATE_FLAGS_INFO);
TYPE(PhysicalDeviceMaintenance3Properties,
     PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES);
TYPE(PhysicalDeviceMemoryBudgetPropertiesEXT,
     PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT);
TYPE(BufferDeviceAddressInfo, BUFFER_DEVICE_ADDRESS_INFO);
TYPE(PhysicalDeviceMaintenance4Properties,
     PHYSICAL_DEVICE_MAINTENANCE_4_PROPERTIES);

NUMBER(Success, VK_SUCCESS);
NUMBER(NotReady, VK_NOT_READY);
NUMBER(ErrorOutOfHostMemory, VK_ERROR_OUT_OF_HOST_MEMORY);
NUMBER(ErrorOutOfDeviceMemory, VK_ERROR_OUT_OF_DEVICE_MEMORY);
NUMBER(ErrorInitializationFailed, VK_ERROR_INITIALIZATION_FAILED);
NUMBER(ErrorDeviceLost, VK_ERROR_DEVICE_LOST);
NUMBER(ErrorIncompatibleDriver, VK_ERROR_INCOMPATIBLE_DRIVER);
NUMBER(version1_3, VK_API_VERSION_1_3);
NUMBER(DeviceOther, VK_PHYSICAL_DEVICE_TYPE_OTHER);
NUMBER(DeviceIntegratedGpu, VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU);
NUMBER(DeviceDiscreteGpu, VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU);
NUMBER(DeviceVirtualGpu, VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU);
NUMBER(DeviceCpu, VK_PHYSICAL_DEVICE_TYPE_CPU);
NUMBER(QueueCompute, VK_QUEUE_COMPUTE_BIT);
NUMBER(MemoryDeviceLocal, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT);
NUMBER(MemoryHostVisible, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT);
NUMBER(MemoryHostCoherent, VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
NUMBER(MemoryHostCached, VK_MEMORY_PROPERTY_HOST_CACHED_BIT);
NUMBER(AllocateDeviceAddress, VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT);
NUMBER(UsageTransferSource, VK_BUFFER_USAGE_TRANSFER_SRC_BIT);
NUMBER(UsageTransferDestination, VK_BUFFER_USAGE_TRANSFER_DST_BIT);
NUMBER(UsageStorageBuffer, VK_BUFFER_USAGE_STORAGE_BUFFER_BIT);
NUMBER(UsageDeviceAddress, VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT);
NUMBER(ShaderStageCompute, VK_SHADER_STAGE_COMPUTE_BIT);
NUMBER(BindPointCompute, VK_PIPELINE_BIND_POINT_COMPUTE);
NUMBER(PoolResetCommandBuffer, VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT);
NUMBER(StageComputeShader, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT);
NUMBER(AccessShaderRead, VK_ACCESS_SHADER_READ_BIT);
NUMBER(AccessShaderWrite, VK_ACCESS_SHADER_WRITE_BIT);
NUMBER(StageBottomOfPipe, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT);
NUMBER(StageHost, VK_PIPELINE_STAGE_HOST_BIT);
NUMBER(StageAllCommands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT);
NUMBER(AccessHostRead, VK_ACCESS_HOST_READ_BIT);
NUMBER(AccessMemoryRead, VK_ACCESS_MEMORY_READ_BIT);
NUMBER(AccessMemoryWrite, VK_ACCESS_MEMORY_WRITE_BIT);
NUMBER(QueryTypeTimestamp, VK_QUERY_TYPE_TIMESTAMP);
NUMBER(QueryResult64, VK_QUERY_RESULT_64_BIT);
NUMBER(QueryResultWait, VK_QUERY_RESULT_WAIT_BIT);
NUMBER(wholeSize, VK_WHOLE_SIZE);

#define FLAG(structure, start, flag, field)                                    \
  static_assert((offsetof(structure, field) - (start)) / 4 == vk::flag, #flag)
FLAG(VkPhysicalDeviceFeatures, 0, ShaderFloat64, shaderFloat64);
FLAG(VkPhysicalDeviceFeatures, 0, ShaderInt64, shaderInt64);
FLAG(VkPhysicalDeviceFeatures, 0, ShaderInt16, shaderInt16);
FLAG(VkPhysicalDeviceVulkan11Features, 16, StorageBuffer16BitAccess,
     storageBuffer16BitAccess);
FLAG(VkPhysicalDeviceVulkan12Features, 16, StorageBuffer8BitAccess,
     storageBuffer8BitAccess);
FLAG(VkPhysicalDeviceVulkan12Features, 16, ShaderFloat16, shaderFloat16);
FLAG(VkPhysicalDeviceVulkan12Features, 16, ShaderInt8, shaderInt8);
FLAG(VkPhysicalDeviceVulkan12Features, 16, BufferDeviceAddress,
     bufferDeviceAddress);
FLAG(VkPhysicalDeviceVulkan13Features, 16, ShaderIntegerDotProduct,
     shaderIntegerDotProduct);

// Handles of ours are all words, numbers are plain: as many arguments, of the
// sizes of theirs, is what a call needs.
template <typename T> constexpr size_t sizeOf() {
  if constexpr (std::is_void_v<T>)
    return 0;
  else
    return sizeof(T);
}
template <typename A, typename B> struct SameCall : std::false_type {};
template <typename R, typename... A, typename S, typename... B>
struct SameCall<R (*)(A...), S (*)(B...)> {
  static constexpr bool compare() {
    if constexpr (sizeof...(A) == sizeof...(B))
      return sizeOf<R>() == sizeOf<S>() && ((sizeof(A) == sizeof(B)) && ...);
    else
      return false;
  }
  static constexpr bool value = compare();
};
#define CALL_OF(functions, name)                                               \
  static_assert(SameCall<decltype(vk::functions::name), PFN_vk##name>::value,  \
                #name);
#define INSTANCE_CALL(name, result, arguments) CALL_OF(InstanceFunctions, name)
#define DEVICE_CALL(name, result, arguments) CALL_OF(DeviceFunctions, name)
LFM2RT_VK_INSTANCE(INSTANCE_CALL)
LFM2RT_VK_DEVICE(DEVICE_CALL)

} // namespace

TEST(VulkanApi, IsThatOfTheHeaders) {} // The compiler has checked it.
#endif
