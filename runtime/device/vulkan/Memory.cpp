// Buffers: where they are best for their use, how much they take.
#include "runtime/device/vulkan/Device.h"

namespace lfm2rt::vk {
namespace {

constexpr uint32_t usages = UsageTransferSource | UsageTransferDestination |
                            UsageStorageBuffer | UsageDeviceAddress;
constexpr uint32_t visible = MemoryHostVisible | MemoryHostCoherent;
constexpr uint32_t cachedOrNot[] = {MemoryHostCached, 0};

// Of every use the properties of memory, the best first. What is last every
// device has.
struct Wish {
  Use use;
  uint32_t properties;
};
constexpr Wish wishes[] = {
    {Use::Device, MemoryDeviceLocal},
    {Use::Inputs, MemoryDeviceLocal | visible},
    {Use::Inputs, visible},
    {Use::Results, visible | MemoryHostCached},
    {Use::Results, visible},
};

} // namespace

// Memory on the device that the host sees is best for kernels alone, too, where
// all of it is like that: then nothing needs to be copied to it.
uint32_t VulkanDevice::typeFor(Use use, uint32_t allowed) const {
  const Physical &p = physical;
  auto find = [&](uint32_t properties, uint64_t leastHeap) {
    for (uint32_t t = 0; t < p.numTypes; ++t)
      if (allowed >> t & 1 &&
          (p.types[t].propertyFlags & properties) == properties &&
          p.heaps[p.types[t].heapIndex].size >= leastHeap)
        return t;
    return p.numTypes;
  };
  if (use == Use::Device) {
    uint32_t local = find(MemoryDeviceLocal, 0);
    if (local < p.numTypes) {
      uint64_t whole = p.heaps[p.types[local].heapIndex].size;
      for (uint32_t cached : cachedOrNot) {
        uint32_t mapped = find(MemoryDeviceLocal | visible | cached, whole);
        if (mapped < p.numTypes)
          return mapped;
      }
    }
  }
  for (const Wish &wish : wishes)
    if (wish.use == use) {
      uint32_t type = find(wish.properties, 0);
      if (type < p.numTypes)
        return type;
    }
  return 0;
}

Result VulkanDevice::createBuffer(Handle &buffer, uint64_t bytes) {
  BufferCreateInfo info = {};
  info.sType = TypeBufferCreateInfo;
  info.size = max(bytes, uint64_t(4));
  info.usage = usages;
  return call.CreateBuffer(device, &info, nullptr, &buffer);
}

uint64_t VulkanDevice::bufferBytes(uint64_t bytes) {
  Handle buffer;
  if (createBuffer(buffer, bytes) != Success)
    return bytes;
  MemoryRequirements needs = {};
  call.GetBufferMemoryRequirements(device, buffer, &needs);
  call.DestroyBuffer(device, buffer, nullptr);
  return needs.size;
}

uint64_t VulkanDevice::addressOf(Handle buffer) const {
  BufferDeviceAddressInfo info = {};
  info.sType = TypeBufferDeviceAddressInfo;
  info.buffer = buffer;
  return call.GetBufferDeviceAddress(device, &info);
}

lfm2rt_status VulkanDevice::makeBuffer(Buffer &buffer, uint64_t bytes, Use use,
                                       const char *what, lfm2rt_error *error) {
  buffer = {};
  if (bytes > min(physical.mostAllocation, physical.mostBuffer))
    return Failure(error, LFM2RT_NO_MEMORY, bytes)
           << what << " take " << bytes << " bytes, and the device '" << name()
           << "' gives at most "
           << min(physical.mostAllocation, physical.mostBuffer)
           << " in one piece; choose another device";
  Result result = createBuffer(buffer.buffer, bytes);
  if (result == Success) {
    MemoryRequirements needs = {};
    call.GetBufferMemoryRequirements(device, buffer.buffer, &needs);
    MemoryAllocateFlagsInfo flags = {};
    flags.sType = TypeMemoryAllocateFlagsInfo;
    flags.flags = AllocateDeviceAddress;
    MemoryAllocateInfo info = {};
    info.sType = TypeMemoryAllocateInfo;
    info.pNext = &flags;
    info.allocationSize = needs.size;
    info.memoryTypeIndex = typeFor(use, needs.memoryTypeBits);
    uint32_t properties = physical.types[info.memoryTypeIndex].propertyFlags;
    result = call.AllocateMemory(device, &info, nullptr, &buffer.memory);
    if (result == Success)
      result = call.BindBufferMemory(device, buffer.buffer, buffer.memory, 0);
    void *mapped = nullptr;
    if (result == Success && properties & MemoryHostVisible)
      result = call.MapMemory(device, buffer.memory, 0, wholeSize, 0, &mapped);
    buffer.mapped = static_cast<uint8_t *>(mapped);
    buffer.bytes = needs.size;
    buffer.readable = mapped && properties & MemoryHostCached;
  }
  if (result == Success) {
    buffer.address = addressOf(buffer.buffer);
    return LFM2RT_OK;
  }
  freeBuffer(buffer);
  return Failure(error, LFM2RT_NO_MEMORY, bytes)
         << "expected " << bytes << " bytes for " << what << " on the device '"
         << name() << "', found less: " << result;
}

void VulkanDevice::freeBuffer(Buffer &buffer) {
  call.DestroyBuffer(device, buffer.buffer, nullptr);
  call.FreeMemory(device, buffer.memory, nullptr);
  buffer = {};
}

} // namespace lfm2rt::vk
