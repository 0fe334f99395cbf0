// Down products of chosen experts, summed.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/Experts.h"
#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

/// Adds the products of a token's choices to its residual, in the order of the
/// choices, so that the sum is the same in steps of any size. The rows of this
/// thread are finished: nobody waits.
static void sumChoices(PhaseContext &context, ExpertChoices &choices,
                       const ContractionRunner::Share &groups,
                       const BufferRef &products, Value productsAt,
                       const BufferRef &chosen, const BufferRef &out) {
  Emitter &e = context.getEmitter();
  Value scratch = e.pointer("scratch");
  Value chosenAt = context.address(chosen), outAt = context.address(out);
  e.spreadSlices(e.index(0), context.count(), [&](Value t) {
    SmallVector<Value> from, weights;
    for (int64_t j = 0; j < choices.getUsed(); ++j) {
      Value place = choices.placeOf(t, e.index(j));
      from.push_back(e.add(productsAt, e.mul(place, products.rowBytes)));
      Value at = e.add(e.add(chosenAt, e.mul(t, chosen.rowBytes)), 4 * j);
      weights.push_back(e.splat(e.load(e.f32(), scratch, at), e.facts.lanes));
    }
    Value to = e.add(outAt, e.mul(t, out.rowBytes));
    e.loop(groups.lo, groups.hi, 1, [&](Value group) {
      Value row = e.mul(group, e.facts.lanes * 4);
      Value sum = e.constant(e.lanesF32(), 0);
      for (auto [start, weight] : llvm::zip(from, weights))
        sum = e.fma(e.load(e.lanesF32(), scratch, e.add(start, row)), weight,
                    sum);
      Value old = e.load(e.lanesF32(), scratch, e.add(to, row));
      e.store(e.fadd(old, sum), scratch, e.add(to, row));
    });
  });
}

/// The residual that the phase adds the experts' sum to; null if there is none.
static Value residualOf(exec::ExpertDownOp op) {
  Value x;
  for (Operation *user : op->getUsers())
    if (auto add = dyn_cast<arith::AddFOp>(user))
      x = add.getLhs() == op.getOutput() ? add.getRhs() : add.getLhs();
  return x;
}

LogicalResult lfm2c::emitExpertsDown(PhaseContext &context,
                                     exec::ExpertDownOp op) {
  Emitter &e = context.getEmitter();
  Buffers &buffers = context.getBuffers();
  Value x = residualOf(op);
  if (!x)
    return op.emitError("expects its sum to be added to the residual in the "
                        "same phase");
  auto route = dyn_cast_or_null<lfm2::RouteOp>(makerOf(op.getIds()));
  if (!route || !buffers.contains(op.getIds()))
    return op.emitError("expects its ids from a route of a phase before it");
  BufferRef source = context.sourceOf(op.getInput());
  if (failed(checkRoute(op, route, op.getDownAttr())) ||
      failed(context.checkResidual(x, source)))
    return failure();
  PackedSpec spec = expertsSpec(op, op.getDownAttr(), e.facts.lanes);
  BufferRef chosen = buffers.lookup(op.getWeights()), out = buffers.lookup(x);
  buffers.bind(context.getPhase().getResult(0), out);

  ExpertChoices choices =
      choicesOf(context, spec.count, op.getIds(), op.getTables());
  PreparedInput in =
      inputOf(context, op.getInput(), allRows(context, op.getInput()));
  BufferRef products = context.buffer(
      "products", llvm::alignTo(spec.segments[0].rows, e.facts.lanes) * 4,
      choices.getUsed());
  Value productsAt = context.address(products);
  Contraction down{spec,
                   std::make_unique<StoredRows>(context, RowBases(e), products),
                   /*takesOne=*/true};
  ContractionRunner::Share groups = runExperts(context, in, choices, down);
  sumChoices(context, choices, groups, products, productsAt, chosen, out);
  return success();
}
