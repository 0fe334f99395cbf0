#ifndef LFM2C_TARGETS_VULKAN_PASSES_TD
#define LFM2C_TARGETS_VULKAN_PASSES_TD

include "mlir/Pass/PassBase.td"

def VulkanExecToSPIRVPass : Pass<"vulkan-exec-to-spirv", "::mlir::ModuleOp"> {
  let summary = "Kernels in the spirv dialect";
  let description = [{
    Each function with the attribute `exec.kernel`, the invocations of a workgroup,
    becomes a `spirv.module` of the same name and attribute, with one entry point
    `main` for Vulkan 1.3. Vectors are gone by then but for those of 2 or 4 elements
    that are loaded or stored, and tables of constants. What is no kernel goes: who
    wants the lists of dispatches has read them.

    Memory is addressed by 64-bit numbers: those of the step's fields, and in push
    constants the step's own, behind which stand the arguments of the dispatch. Near
    memory, of which the function has `exec.near` bytes, and `exec.local` are one
    array of words of the workgroup.

    f16 is handled as its bits. No product is fused with a sum, so that kernels with
    the same arithmetic give the same bits. Indexes are computed in 32 bits where
    their ranges are known to fit: on a kernel with `exec.tokens`, the most tokens of
    its steps, those of the step's counts, too.

    ```mlir
    // lfm2-opt --vulkan-exec-to-spirv
    func.func @first(%step: !exec.ptr<step>, %thread: i32, %at: index) attributes {exec.kernel = 256 : i64} {
      %weights = exec.field %step "weights" : !exec.ptr<weights>
      %scratch = exec.field %step "scratch" : !exec.ptr<scratch>
      %w = exec.load %weights[%at] {align = 8 : i64, constant} : vector<2xi32> in weights
      exec.store %w, %scratch[%at] : vector<2xi32> in scratch
      return
    }
    ```

    becomes

    ```mlir
    spirv.module @first PhysicalStorageBuffer64 GLSL450 requires #spirv.vce<v1.6, [Shader, ...], []> attributes {exec.kernel = 256 : i64} {
      spirv.GlobalVariable @push : !spirv.ptr<!spirv.struct<(i64 [0], i64 [8]), Block>, PushConstant>
      spirv.func @main() "None" {
        ...
        %step = spirv.Load "PushConstant" %0 : i64
        ...
        %at = spirv.Load "PushConstant" %1 : i64
        %2 = spirv.ConvertUToPtr %step : i64 to !spirv.ptr<i64, PhysicalStorageBuffer>
        %weights = spirv.Load "PhysicalStorageBuffer" %2 ["Aligned", 8] : i64
        %3 = spirv.IAdd %step, %cst16 : i64
        %4 = spirv.ConvertUToPtr %3 : i64 to !spirv.ptr<i64, PhysicalStorageBuffer>
        %scratch = spirv.Load "PhysicalStorageBuffer" %4 ["Aligned", 8] : i64
        %5 = spirv.IAdd %weights, %at : i64
        %6 = spirv.ConvertUToPtr %5 : i64 to !spirv.ptr<vector<2xi32>, PhysicalStorageBuffer>
        %w = spirv.Load "PhysicalStorageBuffer" %6 ["Aligned", 8] : vector<2xi32>
        %7 = spirv.IAdd %scratch, %at : i64
        %8 = spirv.ConvertUToPtr %7 : i64 to !spirv.ptr<vector<2xi32>, PhysicalStorageBuffer>
        spirv.Store "PhysicalStorageBuffer" %8, %w ["Aligned", 4] : vector<2xi32>
        spirv.Return
      }
      spirv.EntryPoint "GLCompute" @main, @push
      spirv.ExecutionMode @main "LocalSize", 256, 1, 1
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::spirv::SPIRVDialect"];
}

def VulkanWriteKernelsPass : Pass<"vulkan-write-kernels", "::mlir::ModuleOp"> {
  let summary = "Write SPIR-V of each kernel to a file";
  let description = [{
    For SPIR-V's tools: kernel `a` of the module becomes `a.spv` in the folder `to`.
    The module stays as it is.

    ```mlir
    // lfm2-opt --vulkan-exec-to-spirv --vulkan-write-kernels=to=kernels
    func.func @nothing(%step: !exec.ptr<step>, %thread: i32) attributes {exec.kernel = 256 : i64} {
      return
    }
    ```

    leaves `kernels/nothing.spv` and

    ```mlir
    spirv.module @nothing PhysicalStorageBuffer64 GLSL450 requires #spirv.vce<v1.6, [...], []> attributes {exec.kernel = 256 : i64} {
      spirv.GlobalVariable @push : !spirv.ptr<!spirv.struct<(i64 [0]), Block>, PushConstant>
      spirv.func @main() "None" {
        spirv.Return
      }
      spirv.EntryPoint "GLCompute" @main, @push
      spirv.ExecutionMode @main "LocalSize", 256, 1, 1
    }
    ```
  }];
  let options = [Option<"to", "to", "std::string", "\".\"", "The folder">];
}

#endif // LFM2C_TARGETS_VULKAN_PASSES_TD
