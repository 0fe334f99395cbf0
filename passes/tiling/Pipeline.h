// The passes of tiling, in order.

#ifndef LFM2C_PASSES_TILING_PIPELINE_H
#define LFM2C_PASSES_TILING_PIPELINE_H

#include "llvm/ADT/SmallVector.h"
#include <cstdint>

namespace mlir {
class OpPassManager;
} // namespace mlir

namespace lfm2c {

/// What is asked of tiling, whatever the target.
struct TileOptions {
  llvm::SmallVector<int64_t> entries; ///< Tokens of each size of step, rising.
  /// See the options of exec-tile-phases.
  bool tokenScales = false, roundBF16 = false;
};

/// From phases on tensors to functions of bytes, lanes and threads.
void buildTilePipeline(mlir::OpPassManager &pm, const TileOptions &options);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PIPELINE_H
