// Which op follows on which rows.
//
// For each op that may follow a product within its phase, the function that
// makes the contraction with what follows on its rows. A new op that computes
// each of its rows of the same rows of products stands in ElementwiseRows.cpp
// alone.

#ifndef LFM2C_PASSES_TILING_ROWFOLLOWUPS_H
#define LFM2C_PASSES_TILING_ROWFOLLOWUPS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/Contraction.h"
#include "passes/tiling/Product.h"

namespace lfm2c {

/// The op that reads all products of the phase together, or null.
mlir::Operation *findJointFollowUp(exec::PhaseOp phase);
/// The contraction that makes all products of the phase for `op`.
mlir::FailureOr<Contraction> makeJointContraction(PhaseContext &context,
                                                  const RowBases &bases,
                                                  mlir::Operation *op);
/// The op that follows on the rows of `product` alone, or null.
mlir::Operation *findFollowUp(const Product &product);
/// The contraction of `product` with what follows.
mlir::FailureOr<Contraction> makeContraction(PhaseContext &context,
                                             const RowBases &bases,
                                             const Product &product);

// ShortConvRows.cpp: rows i of B, C and x belong to one thread, and so does
// their state.
mlir::FailureOr<Contraction> makeShortConvRows(PhaseContext &context,
                                               const RowBases &bases,
                                               lfm2::ShortConvOp op);

// CentredConvRows.cpp: the same without a state, over both neighbours.
mlir::FailureOr<Contraction> makeCentredConvRows(PhaseContext &context,
                                                 const RowBases &bases,
                                                 lfm2::CentredConvOp op);

// ElementwiseRows.cpp: a row of the result is made of the same row of each
// operand.
bool isElementwise(mlir::Operation *op);
/// What follows on rows of the operands of `op`, to be stored in `out`.
std::unique_ptr<FinishedRows> makeElementwiseRows(PhaseContext &context,
                                                  const RowBases &bases,
                                                  mlir::Operation *op,
                                                  const BufferRef &out);
mlir::FailureOr<Contraction> makeElementwise(PhaseContext &context,
                                             const RowBases &bases,
                                             mlir::Operation *op);

// HeadRows.cpp: heads, normed and turned; keys go to the cache alone.
mlir::FailureOr<Contraction> makeHeadRows(PhaseContext &context,
                                          const RowBases &bases,
                                          const Product &product,
                                          exec::HeadNormRopeOp op);

// CacheRows.cpp: values, which go to the cache alone.
mlir::FailureOr<Contraction> makeValueRows(PhaseContext &context,
                                           const RowBases &bases,
                                           const Product &product,
                                           exec::CacheAppendOp op);
/// Checks that keys and values that are appended are rows of the phase's own
/// contractions.
mlir::LogicalResult checkAppend(exec::CacheAppendOp op);

// ResidualRows.cpp: x += W a, in place.
mlir::FailureOr<Contraction> makeResidualRows(PhaseContext &context,
                                              const RowBases &bases,
                                              const Product &product,
                                              mlir::arith::AddFOp op);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_ROWFOLLOWUPS_H
