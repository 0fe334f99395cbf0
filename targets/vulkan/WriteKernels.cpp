// Kernels as files, for SPIR-V's tools.

#include "lib/Support/Error.h"
#include "mlir/Dialect/SPIRV/IR/SPIRVDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "targets/vulkan/Passes.h"
#include "targets/vulkan/Serialize.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace lfm2c {
#define GEN_PASS_DEF_VULKANWRITEKERNELSPASS
#include "targets/vulkan/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

std::error_code writeKernel(const SpirvKernel &kernel, StringRef folder) {
  SmallString<128> path(folder);
  llvm::sys::path::append(path, kernel.name + ".spv");
  std::error_code error;
  llvm::raw_fd_ostream file(path, error);
  if (error)
    return error;
  file.write(reinterpret_cast<const char *>(kernel.words.data()),
             kernel.words.size() * sizeof(uint32_t));
  file.close();
  error = file.error();
  file.clear_error();
  return error;
}

struct WriteKernels final
    : lfm2c::impl::VulkanWriteKernelsPassBase<WriteKernels> {
  using VulkanWriteKernelsPassBase::VulkanWriteKernelsPassBase;

  void runOnOperation() override {
    auto fail = [&](const llvm::Twine &message) {
      getOperation().emitError(message);
      signalPassFailure();
    };
    auto kernels = serializeKernels(getOperation());
    if (!kernels)
      return fail(llvm::toString(kernels.takeError()));
    std::error_code error = llvm::sys::fs::create_directories(to);
    for (const SpirvKernel &kernel : *kernels)
      if (!error)
        error = writeKernel(kernel, to);
    if (error)
      return fail("kernels cannot be written to '" + to +
                  "': " + error.message());
  }
};

} // namespace
