// Weights go to the device once, when they are opened: straight into its memory
// where the host sees that, else through two buffers in turn, so that one is
// filled while the other is copied.
#include "runtime/device/vulkan/Commands.h"
#include "runtime/device/vulkan/Device.h"

namespace lfm2rt::vk {
namespace {

// One of the two.
struct Stage {
  Buffer buffer;
  Commands commands;
};

lfm2rt_status copyIn(VulkanDevice &device, const Buffer &to,
                     const uint8_t *from, uint64_t bytes, Stage (&stages)[2],
                     lfm2rt_error *error) {
  uint64_t pieceBytes = device.uploadPiece;
  for (Stage &stage : stages) {
    lfm2rt_status status =
        device.makeBuffer(stage.buffer, min(pieceBytes, bytes), Use::Inputs,
                          "buffers to copy weights through", error);
    if (status == LFM2RT_OK)
      status = stage.commands.open(device, error);
    if (status != LFM2RT_OK)
      return status;
  }
  Result result = Success;
  for (uint64_t at = 0, n = 0; result == Success && at < bytes;
       at += pieceBytes, ++n) {
    Stage &stage = stages[n % 2];
    uint64_t piece = min(pieceBytes, bytes - at);
    result = stage.commands.wait();
    if (result != Success)
      break;
    memcpy(stage.buffer.mapped, from + at, size_t(piece));
    result = stage.commands.submit([&](CommandBuffer commands) {
      BufferCopy copy = {0, at, piece};
      device.functions().CmdCopyBuffer(commands, stage.buffer.buffer, to.buffer,
                                       1, &copy);
    });
  }
  for (Stage &stage : stages)
    if (result == Success)
      result = stage.commands.wait();
  if (result != Success)
    return Failure(error, LFM2RT_DEVICE_LOST)
           << "cannot copy the weights to the device '" << device.name()
           << "': " << result << "; open the model anew";
  return LFM2RT_OK;
}

} // namespace

uint64_t VulkanDevice::weightsBytes(const lfm2_program &of) {
  return bufferBytes(of.weights_bytes);
}

lfm2rt_status VulkanDevice::upload(lfm2rt_weights &weights,
                                   lfm2rt_error *error) {
  uint64_t bytes = weights.bytes[LFM2_SECTION_WEIGHTS];
  const uint8_t *from = weights.section[LFM2_SECTION_WEIGHTS];
  Buffer to;
  lfm2rt_status status =
      makeBuffer(to, bytes, Use::Device, "the weights", error);
  if (status != LFM2RT_OK)
    return status;
  if (to.mapped) {
    memcpy(to.mapped, from, size_t(bytes));
  } else {
    Stage stages[2] = {};
    status = copyIn(*this, to, from, bytes, stages, error);
    if (isLost())
      settle();
    for (Stage &stage : stages) {
      stage.commands.close();
      freeBuffer(stage.buffer);
    }
  }
  if (status != LFM2RT_OK) {
    freeBuffer(to);
    return status;
  }
  weights.uploaded[0] = to.buffer;
  weights.uploaded[1] = to.memory;
  return LFM2RT_OK;
}

void VulkanDevice::drop(lfm2rt_weights &weights) {
  if (isElsewhere())
    return;
  Buffer buffer = {};
  buffer.buffer = weights.uploaded[0];
  buffer.memory = weights.uploaded[1];
  buffer.use = Use::Device;
  freeBuffer(buffer);
}

} // namespace lfm2rt::vk
