// Bytes of a conversation's state.
//
// First the columns of all convolutions, then what is kept of each step, then
// the caches, in the order of @forward's arguments. Caches are as long as the
// context, which is known at run time only, so that their offsets are in bytes
// per token.

#ifndef LFM2C_PASSES_TILING_STATELAYOUT_H
#define LFM2C_PASSES_TILING_STATELAYOUT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/tiling/Runs.h"
#include "llvm/ADT/DenseMap.h"

namespace lfm2c {

class StateLayout {
public:
  StateLayout(mlir::func::FuncOp forward, int64_t lanes);

  int64_t getFixedBytes() const { return fixedBytes; }
  int64_t getPerTokenBytes() const { return perTokenBytes; }
  /// Bytes of a token's keys, or values, of one head, which are the same in all
  /// caches; 0 without any.
  int64_t getHeadBytes() const { return headBytes; }
  /// What all caches hold, "f16"; empty without any.
  llvm::StringRef getCacheWord() const { return word; }
  /// Of an argument of @forward: the offset of a convolution's columns or of
  /// rows that are kept, or the bytes per token of all caches before a cache.
  int64_t offsetOf(mlir::Value argument) const {
    return offsets.lookup(argument);
  }
  /// Offset in the step's state of a cache of `run`, of the `prefix` that its
  /// scope gives.
  mlir::Value cacheBase(Emitter &e, const Run &run, mlir::Value prefix) const;

private:
  int64_t fixedBytes = 0, perTokenBytes = 0, headBytes = 0;
  llvm::StringRef word;
  llvm::DenseMap<mlir::Value, int64_t> offsets;
};

/// The state that a cache began as: through phases to an argument of the layer
/// or of @forward.
mlir::Value cacheOf(mlir::Value cache);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_STATELAYOUT_H
