// Which op follows on which rows.

#include "passes/tiling/RowFollowUps.h"
#include "passes/tiling/OutputRows.h"

using namespace mlir;
using namespace lfm2c;

Operation *lfm2c::findJointFollowUp(exec::PhaseOp phase) {
  for (Operation &op : phase.getBody().front())
    if (isa<lfm2::ShortConvOp, lfm2::CentredConvOp>(op) || isElementwise(&op))
      return &op;
  return nullptr;
}

/// Checks that `op`, which reads `products`, reads all that the phase has of
/// them and no others.
static LogicalResult checkTakesAll(exec::PhaseOp phase, Operation *op,
                                   ValueRange products) {
  auto isOfPhase = [&](Value product) {
    auto linear = product.getDefiningOp<lfm2::LinearOp>();
    return linear && linear->getParentOp() == phase;
  };
  auto linears = phase.getBody().front().getOps<lfm2::LinearOp>();
  if (llvm::all_of(products, isOfPhase) &&
      llvm::all_of(linears, [&](lfm2::LinearOp linear) {
        return llvm::is_contained(products, linear.getOutput());
      }))
    return success();
  return op->emitError("expects to read the results of all lfm2.linear of "
                       "its phase, and no others");
}

FailureOr<Contraction> lfm2c::makeJointContraction(PhaseContext &context,
                                                   const RowBases &bases,
                                                   Operation *op) {
  exec::PhaseOp phase = context.getPhase();
  if (auto conv = dyn_cast<lfm2::ShortConvOp>(op)) {
    if (failed(checkTakesAll(phase, op, conv.getGates())))
      return failure();
    return makeShortConvRows(context, bases, conv);
  }
  if (failed(checkTakesAll(phase, op, op->getOperands())))
    return failure();
  if (auto conv = dyn_cast<lfm2::CentredConvOp>(op))
    return makeCentredConvRows(context, bases, conv);
  return makeElementwise(context, bases, op);
}

Operation *lfm2c::findFollowUp(lfm2::LinearOp linear) {
  for (Operation *user : linear->getUsers()) {
    if (isa<lfm2::HeadNormRopeOp, arith::AddFOp>(user))
      return user;
    if (auto append = dyn_cast<exec::CacheAppendOp>(user))
      if (append.getV() == linear.getOutput())
        return append;
  }
  return nullptr;
}

FailureOr<Contraction> lfm2c::makeContraction(PhaseContext &context,
                                              const RowBases &bases,
                                              lfm2::LinearOp linear) {
  Operation *next = findFollowUp(linear);
  if (auto norm = dyn_cast_or_null<lfm2::HeadNormRopeOp>(next))
    return makeHeadRows(context, bases, linear, norm);
  if (auto append = dyn_cast_or_null<exec::CacheAppendOp>(next))
    return makeValueRows(context, bases, linear, append);
  if (auto add = dyn_cast_or_null<arith::AddFOp>(next))
    return makeResidualRows(context, bases, linear, add);

  FlatSymbolRefAttr weight = linear.getWeightAttr();
  int64_t n = weightDim(linear, weight, 0),
          lanes = context.getEmitter().facts.lanes;
  if (context.isVectors(linear)) {
    Emitter &e = context.getEmitter();
    return Contraction{
        matrixSpec(linear, segmentOf(linear, weight, 0, n, n), lanes),
        std::make_unique<OutputRows>(e, e.pointer("vectors"), n)};
  }
  BufferRef out =
      context.ownBuffer(context.getPhase().getName(), (n + lanes) * 4);
  context.bindResult(linear.getOutput(), out);
  return Contraction{
      matrixSpec(linear, segmentOf(linear, weight, 0, n, n), lanes),
      std::make_unique<StoredRows>(context, bases, out)};
}
