// The types and the patterns of the conversion to the spirv dialect.
#ifndef LFM2C_TARGETS_VULKAN_TOSPIRV_H
#define LFM2C_TARGETS_VULKAN_TOSPIRV_H

#include "mlir/Dialect/SPIRV/Transforms/SPIRVConversion.h"

namespace lfm2c {

/// What values of a kernel become. An index is of 64 bits. A pointer is an
/// address of 64 bits, one to near memory or a local a byte offset in the
/// workgroup's memory, of 32 bits. f16 is its bits: no kernel computes in it.
/// A vector of more than four elements is a table of constants: a pointer to an
/// array.
class KernelTypes final : public mlir::SPIRVTypeConverter {
public:
  explicit KernelTypes(mlir::MLIRContext *context);
};

/// Whether a load or a store is of what the patterns below take, which is an
/// error where it is not; other ops are fine.
mlir::LogicalResult checkAccess(mlir::Operation *op);

/// Loads, stores, tables, and what else touches memory.
void populateMemoryToSPIRVPatterns(const KernelTypes &types,
                                   mlir::RewritePatternSet &patterns);

} // namespace lfm2c

#endif // LFM2C_TARGETS_VULKAN_TOSPIRV_H
