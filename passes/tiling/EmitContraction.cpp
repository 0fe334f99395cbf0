//===- EmitContraction.cpp - contractions with what follows on their rows -===//
//
// The rows of one item (one lane group, or a head) belong to one thread, for
// all tokens of the step.
//
//===----------------------------------------------------------------------===//

#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/PreparedInput.h"
#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

void lfm2c::runContractions(PhaseContext &context, Value input, Value first,
                            Value rows, ArrayRef<Contraction> contractions) {
  Emitter &e = context.getEmitter();
  SmallVector<Format> formats;
  for (const Contraction &c : contractions)
    for (const SegmentSpec &s : c.spec.segments)
      if (!llvm::is_contained(formats, s.format))
        formats.push_back(s.format);
  PreparedInput in = prepareInput(
      context, {context.sourceOf(input), input.getDefiningOp<lfm2::RMSNormOp>(),
                cast<RankedTensorType>(input.getType()).getDimSize(1), formats,
                first, rows});
  ContractionRunner runner(context, in, contractions);
  for (const Contraction &c : contractions) {
    Value base = context.weight(c.spec);
    runner.run(c, base, runner.shareOf(c), e.index(0), rows);
  }
}

/// The contractions of all lfm2.linear of the phase.
static LogicalResult makeContractions(PhaseContext &context,
                                      const RowBases &bases,
                                      SmallVectorImpl<Contraction> &made) {
  Block &body = context.getPhase().getBody().front();
  auto add = [&](FailureOr<Contraction> contraction) {
    if (failed(contraction))
      return failure();
    made.push_back(std::move(*contraction));
    return success();
  };
  if (Operation *joint = findJointFollowUp(context.getPhase()))
    return add(makeJointContraction(context, bases, joint));
  for (auto linear : body.getOps<lfm2::LinearOp>())
    if (failed(add(makeContraction(context, bases, linear))))
      return failure();
  for (auto append : body.getOps<exec::CacheAppendOp>())
    if (failed(checkAppend(append)))
      return failure();
  return success();
}

LogicalResult lfm2c::emitLinear(PhaseContext &context, lfm2::LinearOp op) {
  Emitter &e = context.getEmitter();
  for (auto other :
       context.getPhase().getBody().front().getOps<lfm2::LinearOp>())
    if (other.getX() != op.getX())
      return other.emitError("reads another value than the contraction "
                             "before it; expected one input of a phase");
  RowBases bases(e);
  Value rows = context.count();
  SmallVector<Contraction> contractions;
  if (failed(makeContractions(context, bases, contractions)))
    return failure();
  runContractions(context, op.getX(), e.index(0), rows, contractions);
  return success();
}
