// Index arithmetic in 32 bits where that is enough: maskIndexes(),
// narrowLoops(), the passes, then unmaskIndexes().
#ifndef LFM2C_TARGETS_VULKAN_NARROWINDEXES_H
#define LFM2C_TARGETS_VULKAN_NARROWINDEXES_H

#include "mlir/Support/LLVM.h"

namespace mlir {
class OpBuilder;
class OpPassManager;
class Value;
namespace func {
class FuncOp;
} // namespace func
} // namespace mlir

namespace lfm2c {

/// `value`, of which the passes are to know that it is no more than `most`.
mlir::Value maskIndex(mlir::OpBuilder &b, mlir::Value value, int64_t most);

void maskIndexes(mlir::func::FuncOp kernel);
mlir::LogicalResult narrowLoops(mlir::func::FuncOp kernel);
void addNarrowingPasses(mlir::OpPassManager &pm);
void unmaskIndexes(mlir::func::FuncOp kernel);

} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_NARROWINDEXES_H
