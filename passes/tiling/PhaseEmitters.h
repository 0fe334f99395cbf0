// The code of one phase.
//
// A phase is work between two barriers: its code needs nothing of the phases
// around it but what the IR shows, the values that it reads. These lie in
// buffers (PhaseContext), caches and columns in the state. So a phase can be a
// stretch of a step, as StepWriter has it, or a function, or a dispatch:
//
//   EntryTables tables(entry, forward, facts.lanes); // One for all phases.
//   for each phase, in the order of the program:
//     tables.getBuffers().enterPhase(i);   // For the lives of buffers.
//     func::FuncOp func = ...;             // Of the step and the thread.
//     LayerScope scope(func);              // Or StepScope, see there.
//     Emitter e(builder, loc, facts, func.getArgument(0), func.getArgument(1));
//     PhaseContext context(e, scope, tables, phase);
//     if (failed(emitPhase(context)))
//       return failure();                  // The phase has told why.
//
// Who runs the phases lets all threads finish one before the next. exec.call
// binds values outside of a layer to those inside; see Buffers::bindAs().

#ifndef LFM2C_PASSES_TILING_PHASEEMITTERS_H
#define LFM2C_PASSES_TILING_PHASEEMITTERS_H

#include "passes/tiling/PhaseContext.h"
#include <memory>

namespace lfm2c {

/// Emits the context's phase. Activations that it reads must lie in buffers;
/// what it yields does so afterwards.
mlir::LogicalResult emitPhase(PhaseContext &context);

/// The emission of a phase in two steps, for who has the code of several phases
/// in one function.
class PhaseEmitter {
public:
  explicit PhaseEmitter(PhaseContext &context) : context(context) {}
  virtual ~PhaseEmitter() = default;

  /// The emitter of the context's phase; fails where it is of no kind that
  /// there is.
  static mlir::FailureOr<std::unique_ptr<PhaseEmitter>>
  create(PhaseContext &context);

  /// Checks the phase, and asks for what its code finishes rows with. That may
  /// stand before the code of a part that the phase follows on: then pointers
  /// of the step stay in registers while threads meet.
  virtual mlir::LogicalResult begin() { return mlir::success(); }
  /// All else. Phases before it have been emitted.
  virtual mlir::LogicalResult emit() = 0;

protected:
  PhaseContext &context;
};

/// Writes the norms of the phase that a later phase or the caller reads. To be
/// called before PhaseEmitter::emit().
void emitYieldedNorms(PhaseContext &context);

// One for each kind of phase. The kind is told by an op; others of the phase
// are what it is made of.

/// With the tables of angles of the phase.
mlir::LogicalResult emitEmbed(PhaseContext &context, lfm2::EmbedOp op);
/// The angles by which heads turn, one row for each token.
mlir::LogicalResult emitRopeTable(PhaseContext &context, exec::RopeTableOp op);
/// Of all products of the phase with weights, and what follows on their rows.
std::unique_ptr<PhaseEmitter> createProductEmitter(PhaseContext &context);
std::unique_ptr<PhaseEmitter> createHeadEmitter(PhaseContext &context,
                                                lfm2::HeadOp op);
mlir::LogicalResult emitAttend(PhaseContext &context, exec::AttendOp op);
/// By each thread for itself, before what the phase makes of it.
void emitAttendMerge(PhaseContext &context, exec::AttendMergeOp op);
/// One row for each text.
mlir::LogicalResult emitPool(PhaseContext &context, lfm2::PoolOp op);
/// Of a phase that does nothing else.
mlir::LogicalResult emitKeep(PhaseContext &context, exec::KeepOp op);
/// Of a phase that only norms: nothing beside emitYieldedNorms().
mlir::LogicalResult emitNorm(PhaseContext &context, lfm2::RMSNormOp op);
mlir::LogicalResult emitPrepare(PhaseContext &context, exec::PrepareOp op);
mlir::LogicalResult emitRoute(PhaseContext &context, lfm2::RouteOp op);
/// With the exec.gather of the phase.
mlir::LogicalResult emitSortChoices(PhaseContext &context,
                                    exec::SortChoicesOp op);
std::unique_ptr<PhaseEmitter> createExpertsUpEmitter(PhaseContext &context,
                                                     exec::ExpertGateUpOp op);
mlir::LogicalResult emitExpertsDown(PhaseContext &context,
                                    exec::ExpertDownOp op);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_PHASEEMITTERS_H
