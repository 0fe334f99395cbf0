// SPIR-V of the kernels of a module.
#ifndef LFM2C_TARGETS_VULKAN_SERIALIZE_H
#define LFM2C_TARGETS_VULKAN_SERIALIZE_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mlir {
class ModuleOp;
} // namespace mlir

namespace lfm2c {

struct SpirvKernel {
  std::string name;
  std::vector<uint32_t> words;
  uint32_t invocations = 0;       ///< of a workgroup
  uint32_t nearBytes = 0;         ///< of workgroup memory
  uint32_t numArguments = 0;      ///< behind the step
  std::vector<uint32_t> features; ///< indexes of features_vulkan.h, ascending
};

/// The kernels of `module`, each of which is a spirv.module, in its order.
llvm::Expected<std::vector<SpirvKernel>>
serializeKernels(mlir::ModuleOp module);

} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_SERIALIZE_H
