#ifndef LFM2C_TARGETS_VULKAN_PASSES_TD
#define LFM2C_TARGETS_VULKAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def VulkanExecToSPIRVPass : Pass<"vulkan-exec-to-spirv", "::mlir::ModuleOp"> {
  let summary = "Kernels in the spirv dialect";
  let description = [{
    Each function with the attribute `exec.kernel`, the invocations of a workgroup,
    becomes a `spirv.module` of the same name and attribute, with one entry point
    `main` for Vulkan 1.3. Vectors are gone by then but for those of 2 or 4 elements
    that are loaded or stored, and tables of constants. What is no kernel is left
    alone.

    Memory is addressed by 64-bit numbers: those of the step's fields, and in push
    constants the step's own, behind which stand the arguments of the dispatch. Near
    memory, of which the function has `exec.near` bytes, and `exec.local` are one
    array of words of the workgroup.

    f16 is handled as its bits. No product is fused with a sum, so that kernels with
    the same arithmetic give the same bits.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::spirv::SPIRVDialect"];
}

def VulkanWriteKernelsPass : Pass<"vulkan-write-kernels", "::mlir::ModuleOp"> {
  let summary = "Write SPIR-V of each kernel to a file";
  let description = [{
    For SPIR-V's tools: kernel `a` of the module becomes `a.spv` in the folder `to`.
    The module stays as it is.
  }];
  let options = [Option<"to", "to", "std::string", "\".\"", "The folder">];
}

#endif // LFM2C_TARGETS_VULKAN_PASSES_TD
