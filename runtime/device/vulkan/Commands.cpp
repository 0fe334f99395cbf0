#include "runtime/device/vulkan/Commands.h"

namespace lfm2rt::vk {

void recordBarrier(const DeviceFunctions &call, CommandBuffer commands) {
  MemoryBarrier all = {TypeMemoryBarrier, nullptr, AccessMemoryWrite,
                       AccessMemoryRead | AccessMemoryWrite};
  call.CmdPipelineBarrier(commands, StageAllCommands, StageAllCommands, 0, 1,
                          &all, 0, nullptr, 0, nullptr);
}

void recordBetween(const DeviceFunctions &call, CommandBuffer commands) {
  MemoryBarrier kernels = {TypeMemoryBarrier, nullptr, AccessShaderWrite,
                           AccessShaderRead | AccessShaderWrite};
  call.CmdPipelineBarrier(commands, StageComputeShader, StageComputeShader, 0,
                          1, &kernels, 0, nullptr, 0, nullptr);
}

void recordForHost(const DeviceFunctions &call, CommandBuffer commands) {
  MemoryBarrier toHost = {TypeMemoryBarrier, nullptr, AccessMemoryWrite,
                          AccessHostRead};
  call.CmdPipelineBarrier(commands, StageAllCommands, StageHost, 0, 1, &toHost,
                          0, nullptr, 0, nullptr);
}

lfm2rt_status Commands::open(VulkanDevice &of, lfm2rt_error *error) {
  device = &of;
  const DeviceFunctions &call = of.functions();
  CommandPoolCreateInfo poolInfo = {};
  poolInfo.sType = TypeCommandPoolCreateInfo;
  poolInfo.flags = PoolResetCommandBuffer;
  poolInfo.queueFamilyIndex = of.queueFamily();
  FenceCreateInfo fenceInfo = {};
  fenceInfo.sType = TypeFenceCreateInfo;
  Result result =
      call.CreateCommandPool(of.handle(), &poolInfo, nullptr, &pool);
  if (result == Success) {
    CommandBufferAllocateInfo info = {};
    info.sType = TypeCommandBufferAllocateInfo;
    info.commandPool = pool;
    info.commandBufferCount = 1;
    result = call.AllocateCommandBuffers(of.handle(), &info, &commands);
  }
  if (result == Success)
    result = call.CreateFence(of.handle(), &fenceInfo, nullptr, &fence);
  return result == Success ? LFM2RT_OK : of.noCommands(result, error);
}

void Commands::close() {
  if (!device)
    return;
  wait();
  const DeviceFunctions &call = device->functions();
  call.DestroyFence(device->handle(), fence, nullptr);
  call.DestroyCommandPool(device->handle(), pool, nullptr);
  *this = {};
}

Result Commands::begin() {
  Result result = wait();
  if (result != Success)
    return result;
  const DeviceFunctions &call = device->functions();
  CommandBufferBeginInfo info = {};
  info.sType = TypeCommandBufferBeginInfo;
  result = call.BeginCommandBuffer(commands, &info);
  if (result == Success)
    recordBarrier(call, commands);
  return result;
}

Result Commands::end() {
  const DeviceFunctions &call = device->functions();
  recordForHost(call, commands);
  Result result = call.EndCommandBuffer(commands);
  if (result == Success)
    result = device->submit(&commands, 1, fence);
  isRunning = result == Success;
  return result;
}

Result Commands::wait() {
  if (device->isLost())
    return ErrorDeviceLost;
  if (!isRunning)
    return Success;
  isRunning = false;
  return device->await(fence);
}

} // namespace lfm2rt::vk
