// Which emitter a phase wants.

#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/Product.h"

using namespace mlir;
using namespace lfm2c;

namespace {

using EmitterPtr = std::unique_ptr<PhaseEmitter>;

/// A kind of phase, by the op that tells it.
struct PhaseKind {
  bool (*isOf)(Operation *op);
  EmitterPtr (*create)(PhaseContext &context, Operation *op);
};

template <typename Op> bool isOp(Operation *op) { return isa<Op>(op); }

template <typename Op, LogicalResult (*emitOp)(PhaseContext &, Op)>
PhaseKind kindOf() {
  class OpEmitter final : public PhaseEmitter {
  public:
    OpEmitter(PhaseContext &context, Op op) : PhaseEmitter(context), op(op) {}
    LogicalResult emit() override { return emitOp(context, op); }

  private:
    Op op;
  };
  return {isOp<Op>, [](PhaseContext &context, Operation *op) {
            return EmitterPtr(
                std::make_unique<OpEmitter>(context, cast<Op>(op)));
          }};
}

template <typename Op, EmitterPtr (*createFor)(PhaseContext &, Op)>
PhaseKind kindOf() {
  return {isOp<Op>, [](PhaseContext &context, Operation *op) {
            return createFor(context, cast<Op>(op));
          }};
}

/// The first of these that a phase has an op of: what is prepared or chosen in
/// it is for the others.
ArrayRef<PhaseKind> kinds() {
  static const PhaseKind all[] = {
      kindOf<lfm2::EmbedOp, emitEmbed>(),
      {[](Operation *op) { return bool(Product(op)); },
       [](PhaseContext &context, Operation *) {
         return createProductEmitter(context);
       }},
      kindOf<lfm2::HeadOp, createHeadEmitter>(),
      kindOf<lfm2::PoolOp, emitPool>(),
      kindOf<exec::AttendOp, emitAttend>(),
      kindOf<exec::ExpertGateUpOp, createExpertsUpEmitter>(),
      kindOf<exec::ExpertDownOp, emitExpertsDown>(),
      kindOf<exec::SortChoicesOp, emitSortChoices>(),
      kindOf<lfm2::RouteOp, emitRoute>(),
      kindOf<exec::PrepareOp, emitPrepare>(),
      kindOf<exec::RopeTableOp, emitRopeTable>(),
      kindOf<exec::KeepOp, emitKeep>(),
      kindOf<lfm2::RMSNormOp, emitNorm>(),
  };
  return all;
}

/// Whether a part of the same phase makes the value, so that it is there when
/// the phase's code runs.
bool isOfPart(exec::PhaseOp phase, Value value) {
  auto maker = value.getDefiningOp<exec::PhaseOp>();
  return maker && maker.getPart() && maker.getName() == phase.getName();
}

/// Activations from outside must lie in a buffer: what a phase made for itself
/// alone (a norm, a head's product without its rotation) is nowhere.
LogicalResult checkInputs(PhaseContext &context) {
  exec::PhaseOp phase = context.getPhase();
  for (Operation &op : phase.getBody().front()) {
    // What they read beside what phases leave comes from the caller.
    if (isa<lfm2::EmbedOp, lfm2::ShortConvOp, exec::KeepOp>(op))
      continue;
    for (Value v : op.getOperands()) {
      auto type = dyn_cast<RankedTensorType>(v.getType());
      // Caches and columns are state; of rank 4 is what attention leaves.
      bool isActivation =
          type && type.getRank() % 2 == 0 && type.getElementType().isF32();
      if (isActivation && v.getParentRegion() != &phase.getBody() &&
          !isOfPart(phase, v) && !context.getBuffers().contains(v))
        return phase.emitError("phase '")
               << phase.getName() << "' reads a value of type " << type
               << " that no phase before it leaves in memory";
    }
  }
  return success();
}

} // namespace

FailureOr<std::unique_ptr<PhaseEmitter>>
PhaseEmitter::create(PhaseContext &context) {
  if (failed(checkInputs(context)))
    return failure();
  exec::PhaseOp phase = context.getPhase();
  Block &body = phase.getBody().front();
  for (auto merge : body.getOps<exec::AttendMergeOp>())
    emitAttendMerge(context, merge);
  for (const PhaseKind &kind : kinds())
    for (Operation &op : body)
      if (kind.isOf(&op))
        return kind.create(context, &op);
  return phase.emitError("phase '")
         << phase.getName() << "' has no op that can be tiled; expected an "
         << "embedding, a contraction, attention or experts";
}

LogicalResult lfm2c::emitPhase(PhaseContext &context) {
  FailureOr<std::unique_ptr<PhaseEmitter>> emitter =
      PhaseEmitter::create(context);
  if (failed(emitter) || failed((*emitter)->begin()))
    return failure();
  emitYieldedNorms(context);
  return (*emitter)->emit();
}
