// The constant part of the offsets of loads and stores.
#ifndef LFM2C_TARGETS_VULKAN_SPLITOFFSETS_H
#define LFM2C_TARGETS_VULKAN_SPLITOFFSETS_H

#include "mlir/Support/LLVM.h"

namespace mlir {
class Operation;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace lfm2c {

/// Takes it out of the offsets; from then on they are those of operands and
/// getConstantOffset().
mlir::LogicalResult splitOffsets(mlir::func::FuncOp kernel);

/// Bytes that a load or a store adds to its offset.
int64_t getConstantOffset(mlir::Operation *op);

} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_SPLITOFFSETS_H
