// Opening of a device: chosen, checked, with what the variant needs enabled,
// and all its kernels made into pipelines.
#include "runtime/device/vulkan/Device.h"
#include "runtime/device/vulkan/Choose.h"
#include "runtime/device/vulkan/Features.h"
#include "runtime/device/vulkan/KernelCode.h"
#include "runtime/platform/Platform.h"

namespace lfm2rt::vk {

static uint64_t sizeWithPipelines(const lfm2_program &program) {
  uint32_t kernels = 0;
  for (uint32_t i = 0; i < program.num_variants; ++i)
    if (program.variants[i].code == LFM2_CODE_VULKAN)
      kernels = max(kernels, program.variants[i].num_kernels);
  return alignUp(sizeof(VulkanDevice) + kernels * sizeof(Handle), 64);
}

uint64_t VulkanDevice::size(const lfm2_program &program) {
  return sizeWithPipelines(program) + alignUp(KernelCode::size(program), 64);
}

lfm2rt_status VulkanDevice::open(Device *&result, const lfm2_program &program,
                                 const char *name, void *memory,
                                 lfm2rt_error *error) {
  uint64_t pipelinesEnd = sizeWithPipelines(program);
  memset(memory, 0, size_t(pipelinesEnd));
  auto &device = *new (At{memory}) VulkanDevice;
  device.program = &program;
  device.process = platform::process();
  device.uploadPiece = 8 << 20;
  lfm2rt_status status = device.instance.open(error);
  if (status != LFM2RT_OK)
    return status;
  status = choose(device.physical, device.chosen, program, name,
                  device.instance, error);
  if (status == LFM2RT_OK)
    status = device.openDevice(error);
  if (status == LFM2RT_OK)
    status = device.makePipelines(static_cast<uint8_t *>(memory) + pipelinesEnd,
                                  error);
  if (status == LFM2RT_OK)
    result = &device;
  else
    device.close();
  return status;
}

lfm2rt_status VulkanDevice::list(const lfm2_program &program,
                                 lfm2rt_device_info *infos, uint32_t capacity,
                                 uint32_t *count, lfm2rt_error *error) {
  InstanceOf instance;
  lfm2rt_status status = instance.open(error);
  if (status != LFM2RT_OK)
    return status;
  PhysicalDevice devices[InstanceOf::mostDevices];
  *count = instance.list(devices);
  for (uint32_t i = 0; i < min(*count, capacity); ++i) {
    Physical physical;
    instance.describe(physical, devices[i]);
    lfm2rt_device_info &info = infos[i];
    const lfm2_variant *variant = variantFor(program, physical);
    info.kind = kindOf(physical);
    info.variant = variant ? variant->name : nullptr;
    info.memory =
        physical.heaps[physical.types[physical.localType()].heapIndex].size;
    memcpy(info.name, physical.properties.deviceName, sizeof(info.name));
    Message lacks(info.lacks, sizeof(info.lacks));
    listLacking(lacks, program, physical);
  }
  instance.close();
  return *count ? LFM2RT_OK : noDevice(error);
}

lfm2rt_status VulkanDevice::openDevice(lfm2rt_error *error) {
  FeatureSet features;
  for (uint32_t f = 0; f < chosen->num_features; ++f)
    features.want(chosen->features[f]);
  const float priority = 1;
  DeviceQueueCreateInfo queues = {};
  queues.sType = TypeDeviceQueueCreateInfo;
  queues.queueFamilyIndex = physical.family;
  queues.queueCount = 1;
  queues.pQueuePriorities = &priority;
  DeviceCreateInfo info = {};
  info.sType = TypeDeviceCreateInfo;
  info.pNext = features.chain();
  info.queueCreateInfoCount = 1;
  info.pQueueCreateInfos = &queues;
  const InstanceFunctions &of = instance.functions();
  Result result = of.CreateDevice(physical.handle, &info, nullptr, &device);
  if (result != Success) {
    device = nullptr;
    return Failure(error, LFM2RT_NO_DEVICE)
           << "cannot open the device '" << name() << "': " << result
           << "; is it in use by another program?";
  }
#define LFM2RT_VK_GET(name, result, arguments)                                 \
  call.name = reinterpret_cast<result(*) arguments>(                           \
      of.GetDeviceProcAddr(device, "vk" #name));
  LFM2RT_VK_DEVICE(LFM2RT_VK_GET)
#undef LFM2RT_VK_GET
  call.GetDeviceQueue(device, physical.family, 0, &queue);
  // The time of most steps of one token.
  if (physical.properties.deviceType == DeviceDiscreteGpu)
    patience = 2000000;
  return LFM2RT_OK;
}

lfm2rt_status VulkanDevice::makePipelines(void *memory, lfm2rt_error *error) {
  uint32_t arguments = 0;
  for (uint32_t k = 0; k < chosen->num_kernels; ++k)
    arguments = max(arguments, chosen->kernels[k].num_arguments);
  PushConstantRange pushed = {ShaderStageCompute, 0, 8 * (1 + arguments)};
  PipelineLayoutCreateInfo layoutInfo = {};
  layoutInfo.sType = TypePipelineLayoutCreateInfo;
  layoutInfo.pushConstantRangeCount = 1;
  layoutInfo.pPushConstantRanges = &pushed;
  Result result =
      call.CreatePipelineLayout(device, &layoutInfo, nullptr, &layout);
  KernelCode &code = KernelCode::at(memory);
  for (uint32_t k = 0; result == Success && k < chosen->num_kernels; ++k) {
    const lfm2_kernel &kernel = chosen->kernels[k];
    ShaderModuleCreateInfo moduleInfo = {};
    moduleInfo.sType = TypeShaderModuleCreateInfo;
    uint32_t bytes = 0;
    moduleInfo.pCode = code.read(kernel, bytes);
    moduleInfo.codeSize = bytes;
    if (!moduleInfo.pCode)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "expected the program's kernel " << kernel.name
             << " as it was packed, found it damaged; copy the program again, "
                "or compile it anew";
    ComputePipelineCreateInfo info = {};
    info.sType = TypeComputePipelineCreateInfo;
    info.stage.sType = TypePipelineShaderStageCreateInfo;
    info.stage.stage = ShaderStageCompute;
    info.stage.pName = "main";
    info.layout = layout;
    info.basePipelineIndex = -1;
    result = call.CreateShaderModule(device, &moduleInfo, nullptr,
                                     &info.stage.module);
    if (result == Success) {
      result = call.CreateComputePipelines(device, 0, 1, &info, nullptr,
                                           &pipelines()[k]);
      call.DestroyShaderModule(device, info.stage.module, nullptr);
    }
    if (result != Success) {
      pipelines()[k] = 0;
      return Failure(error, LFM2RT_NO_DEVICE)
             << "the device '" << name() << "' does not take the kernel "
             << kernel.name << ": " << result
             << "; update its driver, or choose another device";
    }
  }
  if (result != Success)
    return Failure(error, LFM2RT_NO_DEVICE)
           << "cannot use the device '" << name() << "': " << result
           << "; update its driver, or choose another device";
  return LFM2RT_OK;
}

void VulkanDevice::close() {
  if (isElsewhere())
    return;
  if (device) {
    settle();
    for (uint32_t k = 0; k < chosen->num_kernels; ++k)
      call.DestroyPipeline(device, pipelines()[k], nullptr);
    call.DestroyPipelineLayout(device, layout, nullptr);
    call.DestroyDevice(device, nullptr);
  }
  instance.close();
}

// A queue is one thread's at a time; contexts may be on several.
void VulkanDevice::lock() {
  while (__atomic_exchange_n(&queueLock, 1, __ATOMIC_ACQUIRE))
    platform::yield();
}

void VulkanDevice::settle() {
  lock();
  call.DeviceWaitIdle(device);
  unlock();
}

Result VulkanDevice::submit(const CommandBuffer *commands, uint32_t count,
                            Handle fence) {
  if (isLost())
    return ErrorDeviceLost;
  SubmitInfo info = {};
  info.sType = TypeSubmitInfo;
  info.commandBufferCount = count;
  info.pCommandBuffers = commands;
  lock();
  Result result = call.QueueSubmit(queue, 1, &info, fence);
  unlock();
  return result == Success ? Success : lose(result);
}

Result VulkanDevice::await(Handle fence) {
  if (isLost())
    return ErrorDeviceLost;
  Result result = patience ? poll(fence) : NotReady;
  if (result == NotReady)
    result = call.WaitForFences(device, 1, &fence, 1, ~uint64_t(0));
  if (result == Success)
    result = call.ResetFences(device, 1, &fence);
  return result == Success ? Success : lose(result);
}

Result VulkanDevice::poll(Handle fence) {
  uint64_t start = platform::nanoseconds();
  Result result;
  do
    result = call.GetFenceStatus(device, fence);
  while (result == NotReady && platform::nanoseconds() - start < patience);
  return result;
}

Result VulkanDevice::lose(Result result) {
  store(&wasLost, 1u);
  return result;
}

bool VulkanDevice::isElsewhere() const {
  return process != platform::process();
}

bool VulkanDevice::isLost() const { return load(&wasLost) || isElsewhere(); }

lfm2rt_status VulkanDevice::lost(lfm2rt_error *error) const {
  return Failure(error, LFM2RT_DEVICE_LOST)
         << "the device '" << name()
         << "' was lost; open the model anew, on it or elsewhere, and restore "
            "what was saved or read the tokens again";
}

lfm2rt_status VulkanDevice::noCommands(Result result,
                                       lfm2rt_error *error) const {
  return Failure(error, LFM2RT_NO_MEMORY)
         << "cannot make commands for the device '" << name() << "': " << result
         << "; free some memory";
}

} // namespace lfm2rt::vk

extern "C" const lfm2rt::Driver lfm2rt_vulkan = {
    lfm2rt::vk::VulkanDevice::size, lfm2rt::vk::VulkanDevice::list,
    lfm2rt::vk::VulkanDevice::open};
