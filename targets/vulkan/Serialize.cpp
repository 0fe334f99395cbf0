#include "targets/vulkan/Serialize.h"

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/features_vulkan.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/SPIRV/Serialization.h"
#include "targets/vulkan/Kernel.h"
#include <optional>
#include <set>

using namespace mlir;
using namespace lfm2c;

/// Vulkan's feature for a capability that not every device has.
static std::optional<uint32_t> featureOf(spirv::Capability capability) {
  switch (capability) {
  case spirv::Capability::PhysicalStorageBufferAddresses:
    return LFM2_VULKAN_BUFFER_DEVICE_ADDRESS;
  case spirv::Capability::Int64:
    return LFM2_VULKAN_INT64;
  case spirv::Capability::Int16:
    return LFM2_VULKAN_INT16;
  case spirv::Capability::Int8:
    return LFM2_VULKAN_INT8;
  case spirv::Capability::StorageBuffer8BitAccess:
    return LFM2_VULKAN_STORAGE8;
  case spirv::Capability::StorageBuffer16BitAccess:
    return LFM2_VULKAN_STORAGE16;
  case spirv::Capability::Float16:
    return LFM2_VULKAN_FLOAT16;
  case spirv::Capability::Float64:
    return LFM2_VULKAN_FLOAT64;
  case spirv::Capability::DotProduct:
    return LFM2_VULKAN_INTEGER_DOT;
  default:
    return std::nullopt;
  }
}

static llvm::Expected<SpirvKernel> serializeKernel(spirv::ModuleOp module) {
  SpirvKernel kernel;
  kernel.name = module.getName()->str();
  SmallVector<uint32_t, 0> words;
  spirv::SerializationOptions options;
  options.emitSymbolName = false;
  if (failed(spirv::serialize(module, words, options)))
    return makeError("kernel '%s' cannot be written as SPIR-V",
                     kernel.name.c_str());
  kernel.words.assign(words.begin(), words.end());
  kernel.invocations = static_cast<uint32_t>(
      module->getAttrOfType<IntegerAttr>(exec::kernelAttr).getInt());
  kernel.numArguments = static_cast<uint32_t>(countPushConstants(module) - 1);
  if (auto memory = findWorkgroupMemory(module)) {
    auto pointer = cast<spirv::PointerType>(memory.getType());
    kernel.nearBytes =
        4 * cast<spirv::ArrayType>(pointer.getPointeeType()).getNumElements();
  }
  std::set<uint32_t> features;
  for (spirv::Capability capability : module.getVceTriple()->getCapabilities())
    if (std::optional<uint32_t> feature = featureOf(capability))
      features.insert(*feature);
  kernel.features.assign(features.begin(), features.end());
  return kernel;
}

llvm::Expected<std::vector<SpirvKernel>>
lfm2c::serializeKernels(ModuleOp module) {
  std::vector<SpirvKernel> kernels;
  for (auto kernel : module.getOps<spirv::ModuleOp>()) {
    auto made = serializeKernel(kernel);
    if (!made)
      return made.takeError();
    kernels.push_back(std::move(*made));
  }
  return kernels;
}
