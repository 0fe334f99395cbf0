//===- PhaseEmitters.cpp - which emitter a phase wants --------------------===//

#include "passes/tiling/PhaseEmitters.h"

using namespace mlir;
using namespace lfm2c;

namespace {

struct PhaseEmitter {
  TypeID op;
  LogicalResult (*emit)(PhaseContext &context, Operation *op);
};

template <typename Op, LogicalResult (*emit)(PhaseContext &, Op)>
PhaseEmitter emitterOf() {
  return {TypeID::get<Op>(), [](PhaseContext &context, Operation *op) {
            return emit(context, cast<Op>(op));
          }};
}

const PhaseEmitter *findEmitter(Operation &op) {
  static const PhaseEmitter all[] = {
      emitterOf<lfm2::EmbedOp, emitEmbed>(),
      emitterOf<lfm2::LinearOp, emitLinear>(),
      emitterOf<lfm2::HeadOp, emitHead>(),
      emitterOf<exec::AttendOp, emitAttend>(),
      emitterOf<exec::ExpertGateUpOp, emitExpertsUp>(),
      emitterOf<exec::ExpertDownOp, emitExpertsDown>(),
  };
  for (const PhaseEmitter &emitter : all)
    if (op.getName().getTypeID() == emitter.op)
      return &emitter;
  return nullptr;
}

/// Activations from outside must lie in a buffer: what a phase made for itself
/// alone (a norm, a head's product without its rotation) is nowhere.
LogicalResult checkInputs(PhaseContext &context) {
  exec::PhaseOp phase = context.getPhase();
  for (Operation &op : phase.getBody().front()) {
    if (isa<lfm2::CentredConvOp>(op))
      return op.emitError("a convolution centred on its token cannot be tiled; "
                          "only causal models can be compiled");
    // What they read beside what phases leave comes from the caller.
    if (isa<lfm2::EmbedOp, lfm2::ShortConvOp>(op))
      continue;
    for (Value v : op.getOperands()) {
      auto type = dyn_cast<RankedTensorType>(v.getType());
      // Caches and columns are state; of rank 4 is what attention leaves.
      bool isActivation =
          type && type.getRank() % 2 == 0 && type.getElementType().isF32();
      if (isActivation && v.getParentRegion() != &phase.getBody() &&
          !context.getBuffers().contains(v))
        return phase.emitError("phase '")
               << phase.getName() << "' reads a value of type " << type
               << " that no phase before it leaves in memory";
    }
  }
  return success();
}

} // namespace

LogicalResult lfm2c::emitPhase(PhaseContext &context) {
  if (failed(checkInputs(context)))
    return failure();
  exec::PhaseOp phase = context.getPhase();
  for (auto merge : phase.getBody().front().getOps<exec::AttendMergeOp>())
    emitAttendMerge(context, merge);
  for (Operation &op : phase.getBody().front())
    if (const PhaseEmitter *emitter = findEmitter(op))
      return emitter->emit(context, &op);
  return phase.emitError("phase '")
         << phase.getName() << "' has no op that can be tiled; expected an "
         << "embedding, a contraction, attention or experts";
}
