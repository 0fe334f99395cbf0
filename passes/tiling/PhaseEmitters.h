//===- PhaseEmitters.h - the code of one phase ------------------*- C++ -*-===//
//
// One emitter for each kind of phase. The kind is told by the first op that has
// an emitter; others of the phase are what it is made of.
//
//===----------------------------------------------------------------------===//

#ifndef PASSES_TILING_PHASEEMITTERS_H
#define PASSES_TILING_PHASEEMITTERS_H

#include "passes/tiling/PhaseContext.h"

namespace lfm2c {

struct Contraction;

/// Emits the context's phase. Activations that it reads must lie in buffers;
/// what it yields does so afterwards.
mlir::LogicalResult emitPhase(PhaseContext &context);

mlir::LogicalResult emitEmbed(PhaseContext &context, lfm2::EmbedOp op);
/// All lfm2.linear of the phase, the first of which is `op`.
mlir::LogicalResult emitLinear(PhaseContext &context, lfm2::LinearOp op);
mlir::LogicalResult emitHead(PhaseContext &context, lfm2::HeadOp op);
mlir::LogicalResult emitAttend(PhaseContext &context, exec::AttendOp op);
/// By each thread for itself, before what the phase makes of it.
void emitAttendMerge(PhaseContext &context, exec::AttendMergeOp op);
mlir::LogicalResult emitExpertsUp(PhaseContext &context,
                                  exec::ExpertGateUpOp op);
mlir::LogicalResult emitExpertsDown(PhaseContext &context,
                                    exec::ExpertDownOp op);

/// Rows `first` to `first + rows` of `input`, a norm of the phase or what a
/// phase before it left, times the weights of all contractions. Tokens that
/// follow-ups get count from 0.
void runContractions(PhaseContext &context, mlir::Value input,
                     mlir::Value first, mlir::Value rows,
                     llvm::ArrayRef<Contraction> contractions);

} // namespace lfm2c

#endif
