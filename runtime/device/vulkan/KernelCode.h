// The code of kernels, unpacked one behind the other.
#ifndef LFM2RT_DEVICE_VULKAN_KERNELCODE_H
#define LFM2RT_DEVICE_VULKAN_KERNELCODE_H

#include "lfm2rt/abi.h"
#include "lfm2rt/packed_kernels.h"

namespace lfm2rt::vk {

class KernelCode {
public:
  // Bytes of memory, at a multiple of 64, in which those of any variant for
  // devices are unpacked: the words of the largest.
  static uint64_t size(const lfm2_program &program);
  // In that memory.
  static KernelCode &at(void *memory);

  // The words of a module of SPIR-V, until the next one is read; nullptr where
  // the program is damaged. Kernels of a variant come in their order.
  const uint32_t *read(const lfm2_kernel &kernel, uint32_t &bytes);

private:
  uint32_t *words() { return reinterpret_cast<uint32_t *>(this + 1); }

  KernelModel model;
};

} // namespace lfm2rt::vk

#endif // LFM2RT_DEVICE_VULKAN_KERNELCODE_H
