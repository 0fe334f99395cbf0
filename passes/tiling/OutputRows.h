// Rows that leave the step.
//
// What a caller gets is [row][columns] f32 without gaps, at any multiple of 4:
// logits, vectors.

#ifndef LFM2C_PASSES_TILING_OUTPUTROWS_H
#define LFM2C_PASSES_TILING_OUTPUTROWS_H

#include "passes/tiling/FinishedRows.h"

namespace lfm2c {

class OutputRows final : public FinishedRows {
public:
  /// Rows of `columns` at `base`.
  OutputRows(Emitter &e, mlir::Value base, int64_t columns)
      : e(e), base(base), columns(columns) {}

  void finish(mlir::Value t, mlir::Value row,
              llvm::ArrayRef<mlir::Value> values) override;

private:
  Emitter &e;
  const mlir::Value base;
  const int64_t columns;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_OUTPUTROWS_H
