// Parts of the experts' phases.
//
// Experts lie behind each other in one packed weight; each is a contraction
// with the tokens that chose it. A thread has its share of every expert's rows.

#ifndef LFM2C_PASSES_TILING_EXPERTS_H
#define LFM2C_PASSES_TILING_EXPERTS_H

#include "passes/tiling/Contraction.h"
#include "passes/tiling/ExpertChoices.h"

namespace lfm2c {

/// Chooses the experts of each token.
void chooseExperts(PhaseContext &context, lfm2::RouteOp op,
                   const PreparedInput &in);

/// Checks that as many experts are chosen from as `weight` of `op` has. An id
/// of one that it lacks would lead behind it.
mlir::LogicalResult checkRoute(mlir::Operation *op, lfm2::RouteOp route,
                               mlir::FlatSymbolRefAttr weight);
/// All experts' matrices of these names, side by side.
PackedSpec expertsSpec(mlir::Operation *op,
                       llvm::ArrayRef<mlir::FlatSymbolRefAttr> names,
                       int64_t lanes);
/// Runs `c`, of all experts' weights, on the tokens of each; returns the rows
/// that this thread has of every expert.
ContractionRunner::Share runExperts(PhaseContext &context,
                                    const PreparedInput &in,
                                    ExpertChoices &choices,
                                    const Contraction &c);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_EXPERTS_H
