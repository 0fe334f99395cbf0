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
  auto isOfPhase = [&](Value value) {
    Product product = Product::of(value);
    return product && product.getOp()->getParentOp() == phase;
  };
  if (llvm::all_of(products, isOfPhase) &&
      llvm::all_of(productsOf(phase), [&](const Product &product) {
        return llvm::is_contained(products, product.getResult());
      }))
    return success();
  return op->emitError("expects to read all products of its phase with "
                       "weights, and nothing else");
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

Operation *lfm2c::findFollowUp(const Product &product) {
  for (Operation *user : product.getResult().getUsers()) {
    if (isa<exec::HeadNormRopeOp, arith::AddFOp>(user))
      return user;
    if (auto append = dyn_cast<exec::CacheAppendOp>(user))
      if (append.getV() == product.getResult())
        return append;
  }
  return nullptr;
}

FailureOr<Contraction> lfm2c::makeContraction(PhaseContext &context,
                                              const RowBases &bases,
                                              const Product &product) {
  Operation *next = findFollowUp(product);
  if (auto norm = dyn_cast_or_null<exec::HeadNormRopeOp>(next))
    return makeHeadRows(context, bases, product, norm);
  if (auto append = dyn_cast_or_null<exec::CacheAppendOp>(next))
    return makeValueRows(context, bases, product, append);
  if (auto add = dyn_cast_or_null<arith::AddFOp>(next))
    return makeResidualRows(context, bases, product, add);

  Emitter &e = context.getEmitter();
  int64_t n = product.getRows(), lanes = e.facts.lanes;
  if (context.isVectors(product.getResult()))
    return Contraction{product.pack(n, lanes), std::make_unique<OutputRows>(
                                                   e, e.pointer("vectors"), n)};
  BufferRef out =
      context.ownBuffer(context.getPhase().getName(), (n + lanes) * 4);
  context.bindResult(product.getResult(), out);
  return Contraction{product.pack(n, lanes),
                     std::make_unique<StoredRows>(context, bases, out)};
}
