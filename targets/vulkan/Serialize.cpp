#include "targets/vulkan/Serialize.h"

#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"

using namespace lfm2c;

llvm::Expected<std::vector<SpirvKernel>>
lfm2c::serializeKernels(mlir::ModuleOp module) {
  return makeError("no SPIR-V is made of kernels yet");
}
