//===- EmitPhases.cpp - which emission a phase wants ----------------------===//

#include "passes/tiling/StepBuilder.h"
#include <utility>

using namespace mlir;
using namespace lfm2c;

LogicalResult StepBuilder::emitPhase(Emitter &e, FunctionScope &scope,
                                     exec::PhaseOp phase, StringRef layer,
                                     SmallVectorImpl<int16_t> &into) {
  e.parts.clear();
  phaseReads.clear();
  phaseNear = 0;
  schedule = phase.getScheduleAttr();
  if (!schedule)
    schedule = exec::ScheduleAttr::get(phase.getContext(), /*streams=*/1,
                                       /*prefetch=*/0, /*tokens=*/1,
                                       /*groups=*/1, /*ahead=*/0);
  if (failed(checkInputs(phase)))
    return failure();
  if (auto before = std::exchange(beforeNextPhase, nullptr))
    before(e);
  if (failed(emitBody(e, scope, phase)))
    return failure();
  noteStretches(phase, layer, e.parts, into);
  return success();
}

LogicalResult StepBuilder::emitBody(Emitter &e, FunctionScope &scope,
                                    exec::PhaseOp phase) {
  for (Operation &op : phase.getBody().front()) {
    if (auto embed = dyn_cast<lfm2::EmbedOp>(op))
      return emitEmbed(e, scope, phase, embed);
    if (auto attend = dyn_cast<exec::AttendOp>(op))
      return emitAttend(e, scope, phase, attend);
    if (auto up = dyn_cast<exec::ExpertGateUpOp>(op))
      return emitExpertsUp(e, scope, phase, up);
    if (auto down = dyn_cast<exec::ExpertDownOp>(op))
      return emitExpertsDown(e, scope, phase, down);
    if (isa<lfm2::LinearOp, lfm2::HeadOp>(op))
      return emitContraction(e, scope, phase);
  }
  return phase.emitError("phase '")
         << phase.getName() << "' has no op that can be tiled; expected an "
         << "embedding, a contraction, attention or experts";
}

/// Activations from outside must lie in a buffer: what a phase made for itself
/// alone (a norm, a head's product without its rotation) is nowhere.
LogicalResult StepBuilder::checkInputs(exec::PhaseOp phase) {
  for (Operation &op : phase.getBody().front()) {
    if (auto conv = dyn_cast<lfm2::ShortConvOp>(op)) {
      if (conv.getCentred())
        return conv.emitError("a convolution centred on its token cannot be "
                              "tiled; only causal models can be compiled");
      continue; // Its state comes from outside.
    }
    for (Value v : op.getOperands()) {
      auto type = dyn_cast<RankedTensorType>(v.getType());
      bool isActivation =
          type && type.getRank() == 2 && type.getElementType().isF32();
      if (isActivation && v.getParentRegion() != &phase.getBody() &&
          !buffers.contains(v))
        return phase.emitError("phase '")
               << phase.getName() << "' reads a value of type " << type
               << " that no phase before it leaves in memory";
    }
  }
  return success();
}

LogicalResult StepBuilder::checkResidual(exec::PhaseOp phase, Value x,
                                         const BufferRef &source) {
  auto fail = [&] {
    return phase.emitError("phase '")
           << phase.getName() << "' sums into a residual that ";
  };
  auto found = buffers.find(x);
  if (found == buffers.end() || found->second.threadBytes ||
      found->second.elementStride)
    return fail() << "is no rows in memory; expected what an embedding or a "
                     "contraction of a phase before it leaves";
  // One thread's sums would be another's input.
  if (found->second.name == source.name)
    return fail() << "its own contraction reads, directly or through a norm; "
                     "expected another input of the contraction";
  for (Operation *user : x.getUsers()) {
    Operation *at = phase->getBlock()->findAncestorOpInBlock(*user);
    if (at && phase->isBeforeInBlock(at))
      return fail() << "a later phase still reads";
  }
  return success();
}

Operation *StepBuilder::makerOf(Value value) {
  while (auto phase = value.getDefiningOp<exec::PhaseOp>())
    value = cast<exec::YieldOp>(phase.getBody().front().getTerminator())
                .getValues()[cast<OpResult>(value).getResultNumber()];
  return value.getDefiningOp();
}
