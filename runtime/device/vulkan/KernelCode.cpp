#include "runtime/device/vulkan/KernelCode.h"
#include "runtime/src/Support.h"

namespace lfm2rt::vk {
namespace {

const uint8_t *bytesOf(const lfm2_kernel &kernel) {
  return static_cast<const uint8_t *>(kernel.code);
}

// 0 where it is not packed.
uint32_t numPackedWords(const lfm2_kernel &kernel) {
  uint32_t words = packedWords(bytesOf(kernel), kernel.code_bytes);
  return words == spirvMagic ? 0 : words;
}

} // namespace

uint64_t KernelCode::size(const lfm2_program &program) {
  uint32_t words = 0;
  for (uint32_t v = 0; v < program.num_variants; ++v) {
    const lfm2_variant &variant = program.variants[v];
    for (uint32_t k = 0; k < variant.num_kernels; ++k)
      words = max(words, numPackedWords(variant.kernels[k]));
  }
  return sizeof(KernelCode) + words * uint64_t(sizeof(uint32_t));
}

KernelCode &KernelCode::at(void *memory) {
  auto &code = *new (At{memory}) KernelCode;
  code.model.reset();
  return code;
}

const uint32_t *KernelCode::read(const lfm2_kernel &kernel, uint32_t &bytes) {
  uint32_t words = numPackedWords(kernel);
  bytes = words ? words * uint32_t(sizeof(uint32_t)) : kernel.code_bytes;
  if (words == 0)
    return static_cast<const uint32_t *>(kernel.code);
  return unpackKernel(model, bytesOf(kernel), kernel.code_bytes, this->words())
             ? this->words()
             : nullptr;
}

} // namespace lfm2rt::vk
