// What a step does between its barriers.
//
// Notes for the profile, in bytes and products: which weights a phase asked for
// while it was emitted, and what its attention reads. A phase is one stretch; a
// part of one is named after both.

#ifndef LFM2C_PASSES_TILING_STRETCHLIST_H
#define LFM2C_PASSES_TILING_STRETCHLIST_H

#include "dialects/exec/IR/Exec.h"
#include "passes/tiling/PackedSpec.h"

namespace lfm2c {

class StretchList {
public:
  /// What the emission of a phase left to be told.
  struct Phase {
    exec::PhaseOp op;
    llvm::StringRef layer; ///< Its kind; empty outside of layers.
    llvm::ArrayRef<PackedSpec> reads;
    int64_t nearBytes; ///< Of near memory, a thread.
  };
  /// Adds the stretch of a phase; gives its number.
  int16_t note(const Phase &phase);
  /// The stretches `these` of layer `number` (-1: of none) are next in the
  /// step.
  void run(llvm::ArrayRef<int16_t> these, int16_t number);

  /// The entry of the step that they are of.
  exec::EntryAttr makeEntry(mlir::MLIRContext *context, llvm::StringRef name,
                            int64_t tokens, llvm::StringRef symbol) const;

private:
  llvm::SmallVector<mlir::Attribute> stretches;
  llvm::SmallVector<int16_t> order, orderLayers;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_STRETCHLIST_H
