// Ways to a product of vectors.
//
// emitGroupDots() of Activation.h chooses one of these.

#ifndef LFM2C_PASSES_TILING_GROUPDOTS_H
#define LFM2C_PASSES_TILING_GROUPDOTS_H

#include "passes/tiling/Activation.h"

namespace lfm2c {

// Sum [g * records + t] is that of group g with record t.

/// Of quantised weights, in integers within a block of columns.
llvm::SmallVector<mlir::Value> emitQuantizedDots(Emitter &e,
                                                 const GroupOperands &in);
/// Of float weights, in f32.
llvm::SmallVector<mlir::Value> emitFloatDots(Emitter &e,
                                             const GroupOperands &in);
/// Of BF16 weights, where the record has bf16 and the target dot2.
llvm::SmallVector<mlir::Value> emitPairDots(Emitter &e,
                                            const GroupOperands &in);

/// Float elements of two neighbouring columns, as f32: of `width` lanes from
/// `lane` on, in the rows at `at`.
std::pair<mlir::Value, mlir::Value>
readPair(Emitter &e, const PackedLayout &packed, mlir::Value weights,
         mlir::Value at, mlir::Value lane, int64_t width);
/// Where the pair of columns from `column` on, an even one, lies in the group
/// that begins at `group`.
mlir::Value floatPairAt(Emitter &e, const PackedLayout &packed,
                        mlir::Value group, mlir::Value column);
/// The scales of FP8 weights in `column`, of `width` lanes from `lane` on.
mlir::Value float8Scale(Emitter &e, const PackedLayout &packed,
                        mlir::Value weights, mlir::Value group,
                        mlir::Value column, mlir::Value lane, int64_t width);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_GROUPDOTS_H
