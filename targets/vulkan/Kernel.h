// A kernel as a spirv.module: what its entry point has from Vulkan.
//
// All kernels have the same interface. Push constants hold 64-bit numbers: the
// address of the step, then the dispatch's arguments. A thread is a workgroup,
// its memory one array of words: first the function's `near` bytes, then those
// of each exec.local.
#ifndef LFM2C_TARGETS_VULKAN_KERNEL_H
#define LFM2C_TARGETS_VULKAN_KERNEL_H

#include "mlir/Dialect/SPIRV/IR/SPIRVOps.h"
#include "mlir/IR/Value.h"
#include "mlir/Support/LLVM.h"

namespace mlir {
class OpBuilder;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace lfm2c {

// The spirv.module that is made of a kernel keeps exec::kernelAttr.

/// On a kernel: the most tokens of its steps (i64), where it is known.
constexpr llvm::StringLiteral tokensAttribute = "exec.tokens";

/// Vulkan promises so many bytes of push constants: the step and 15 arguments.
constexpr size_t mostPushConstantBytes = 128;

/// Whether a kernel's arguments, attributes and blocks are as makeSpirvModule()
/// takes them, which is an error where they are not.
mlir::LogicalResult checkKernel(mlir::func::FuncOp kernel);

/// Makes a spirv.module of `kernel` in front of it, which takes its name, and
/// erases it. The body is moved as it is, but for what the interface gives:
/// arguments, near memory and locals are casts of values of the spirv dialect.
mlir::spirv::ModuleOp makeSpirvModule(mlir::func::FuncOp kernel);

/// The entry point's variables and the size of a workgroup, of a module that is
/// otherwise done.
void addEntryPoint(mlir::spirv::ModuleOp module);

/// The array of words that near memory and locals are; null where there are
/// none.
mlir::spirv::GlobalVariableOp findWorkgroupMemory(mlir::spirv::ModuleOp module);

/// The push constants' 64-bit numbers, the step's address among them.
size_t countPushConstants(mlir::spirv::ModuleOp module);

/// The version, and the least capabilities that the ops of a module need.
void setRequirements(mlir::spirv::ModuleOp module);

} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_KERNEL_H
