// Buffers: where they are best for their use, how much they take.
#include "runtime/device/vulkan/Device.h"

namespace lfm2rt::vk {
namespace {

constexpr uint32_t usages = UsageTransferSource | UsageTransferDestination |
                            UsageStorageBuffer | UsageDeviceAddress;
constexpr uint32_t visible = MemoryHostVisible | MemoryHostCoherent;

// Of every use the properties of memory, the best first; `whole`: of the
// largest heap on the device, or a larger one. What is last every device has.
// Memory on the device that the host sees is best for kernels alone, too, where
// all of it is like that: then nothing needs to be copied to it.
struct Wish {
  Use use;
  uint32_t properties;
  bool whole;
};
constexpr Wish wishes[] = {
    {Use::Device, MemoryDeviceLocal | visible | MemoryHostCached, true},
    {Use::Device, MemoryDeviceLocal | visible, true},
    {Use::Device, MemoryDeviceLocal, true},
    {Use::Device, MemoryDeviceLocal, false},
    {Use::Inputs, MemoryDeviceLocal | visible, false},
    {Use::Inputs, visible, false},
    {Use::Results, visible | MemoryHostCached, false},
    {Use::Results, MemoryHostVisible | MemoryHostCached, false},
    {Use::Results, visible, false},
};

} // namespace

uint32_t VulkanDevice::typeFor(Use use, uint32_t allowed) const {
  const Physical &p = physical;
  uint64_t whole = p.heaps[p.types[p.localType()].heapIndex].size;
  for (const Wish &wish : wishes)
    for (uint32_t t = 0; t < p.numTypes && wish.use == use; ++t)
      if (allowed >> t & 1 &&
          (p.types[t].propertyFlags & wish.properties) == wish.properties &&
          (!wish.whole || p.heaps[p.types[t].heapIndex].size >= whole))
        return t;
  return 0;
}

uint64_t VulkanDevice::available(Use use) const {
  uint32_t heap = physical.types[typeFor(use, ~0u)].heapIndex;
  return instance.available(physical, heap, load(&taken[heap]));
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
  buffer.use = use;
  uint64_t free = available(use);
  Result result = ErrorOutOfDeviceMemory;
  if (bytes <= physical.mostBuffer)
    result = createBuffer(buffer.buffer, bytes);
  if (result == Success) {
    MemoryRequirements needs = {};
    call.GetBufferMemoryRequirements(device, buffer.buffer, &needs);
    uint32_t type = typeFor(use, needs.memoryTypeBits);
    result = needs.size > heapLeft(type) ? ErrorOutOfDeviceMemory
                                         : allocate(buffer, needs.size, type);
  }
  if (result == Success) {
    buffer.address = addressOf(buffer.buffer);
    return LFM2RT_OK;
  }
  freeBuffer(buffer);
  // What is above it may be given all the same.
  uint64_t most = min(physical.mostAllocation, physical.mostBuffer);
  if (bytes > most)
    return Failure(error, LFM2RT_NO_MEMORY, bytes)
           << what << " take " << bytes << " bytes, and the device '" << name()
           << "' gives at most " << most
           << " in one piece; choose another device";
  return Failure(error, LFM2RT_NO_MEMORY, bytes)
         << what << " take " << bytes << " bytes of the device '" << name()
         << "', found " << free << " (" << result
         << "); free some, or choose another device";
}

// What the heap has beyond what this device has taken of it. A driver may
// promise more than there is.
uint64_t VulkanDevice::heapLeft(uint32_t type) const {
  uint32_t heap = physical.types[type].heapIndex;
  uint64_t size = physical.heaps[heap].size, used = load(&taken[heap]);
  return size > used ? size - used : 0;
}

Result VulkanDevice::allocate(Buffer &buffer, uint64_t bytes, uint32_t type) {
  MemoryAllocateFlagsInfo flags = {};
  flags.sType = TypeMemoryAllocateFlagsInfo;
  flags.flags = AllocateDeviceAddress;
  MemoryAllocateInfo info = {};
  info.sType = TypeMemoryAllocateInfo;
  info.pNext = &flags;
  info.allocationSize = bytes;
  info.memoryTypeIndex = type;
  uint32_t properties = physical.types[type].propertyFlags;
  Result result = call.AllocateMemory(device, &info, nullptr, &buffer.memory);
  if (result != Success) {
    buffer.memory = 0;
    return result;
  }
  account(type, bytes);
  result = call.BindBufferMemory(device, buffer.buffer, buffer.memory, 0);
  void *mapped = nullptr;
  if (result == Success && properties & MemoryHostVisible)
    result = call.MapMemory(device, buffer.memory, 0, wholeSize, 0, &mapped);
  buffer.mapped = static_cast<uint8_t *>(mapped);
  buffer.readable = mapped && properties & MemoryHostCached;
  buffer.coherent = properties & MemoryHostCoherent;
  return result;
}

void VulkanDevice::look(const Buffer &buffer) {
  MappedMemoryRange all = {TypeMappedMemoryRange, nullptr, buffer.memory, 0,
                           wholeSize};
  if (!buffer.coherent)
    call.InvalidateMappedMemoryRanges(device, 1, &all);
}

void VulkanDevice::freeBuffer(Buffer &buffer) {
  if (buffer.memory) {
    MemoryRequirements needs = {};
    call.GetBufferMemoryRequirements(device, buffer.buffer, &needs);
    account(typeFor(buffer.use, needs.memoryTypeBits), 0 - needs.size);
  }
  call.DestroyBuffer(device, buffer.buffer, nullptr);
  call.FreeMemory(device, buffer.memory, nullptr);
  buffer = {};
}

void VulkanDevice::account(uint32_t type, uint64_t bytes) {
  __atomic_add_fetch(&taken[physical.types[type].heapIndex], bytes,
                     __ATOMIC_RELAXED);
}

uint64_t VulkanDevice::takenBytes() const {
  uint64_t sum = 0;
  for (const uint64_t &heap : taken)
    sum += load(&heap);
  return sum;
}

} // namespace lfm2rt::vk
