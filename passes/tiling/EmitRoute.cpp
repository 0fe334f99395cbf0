// The choice of experts of each token.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/Experts.h"
#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Router scores of one token and the choice of its experts.
struct RouteEmitter {
  Emitter &e;
  lfm2::RouteOp op;
  int64_t experts;
  PackedLayout packed;
  int64_t columns, stepBytes;
  Value weights, router, bias; ///< bias: offset in the archive, or null.
  Value scratch, own, scores;  ///< scores: private, [2][experts] f32 in `own`.

  /// Writes the weights (f32) and the ids (i32) of the chosen experts.
  void emit(Value base, Value record, const ActivationLayout &layout,
            Value weightsAt, Value idsAt) {
    int64_t lanes = packed.lanes, groups = llvm::divideCeil(experts, lanes);
    int64_t rowBytes = groups * lanes * 4;
    e.loop(e.index(0), e.index(groups), 1, [&](Value g) {
      Value at = e.add(router, e.mul(g, stepBytes));
      Value s = e.sumSlices(emitGroupDots(
          e, {packed, columns, weights, at, base, record, layout}));
      e.inOneSlice([&] { storeScores(g, s, rowBytes); });
    });
    e.join();
    e.inOneInvocation([&] { choose(rowBytes, weightsAt, idsAt); });
    e.join();
  }

private:
  /// Scores of the experts of group `g`, of their products `s`; then their
  /// ranks, `rowBytes` behind them.
  void storeScores(Value g, Value s, int64_t rowBytes) {
    int64_t lanes = packed.lanes;
    VectorType type = e.lanesF32();
    Value one = e.constant(type, 1);
    Value p = e.fdiv(one, e.fadd(one, e.exp(e.fsub(e.constant(type, 0), s))));
    Value place = e.add(scores, e.mul(g, lanes * 4));
    e.store(p, own, place);
    Value ranked = p;
    if (bias)
      ranked = e.fadd(
          p, e.loadWeight(type, weights, e.add(bias, e.mul(g, lanes * 4))));
    e.store(ranked, own, e.add(place, rowBytes));
  }

  void choose(int64_t rowBytes, Value weightsAt, Value idsAt) {
    // The highest rank is taken `used` times; the first of equals wins, as a
    // stable sort would have it.
    Value sum = e.constant(e.f32(), 0);
    int64_t used = op.getUsed();
    SmallVector<Value> chosen;
    for (int64_t j = 0; j < used; ++j) {
      SmallVector<Value> best =
          e.reduce(e.index(0), e.index(experts), 1,
                   {e.constant(e.f32(), -1e30), e.constantInt(e.i32(), 0)},
                   [&](Value i, ValueRange in) -> SmallVector<Value> {
                     Value r =
                         e.load(e.f32(), own,
                                e.add(e.add(scores, rowBytes), e.mul(i, 4)));
                     Value more = arith::CmpFOp::create(
                         e.b, e.loc, arith::CmpFPredicate::OGT, r, in[0]);
                     return {e.select(more, r, in[0]),
                             e.select(more, e.toI32(i), in[1])};
                   });
      Value at = e.mul(e.toIndex(best[1]), 4);
      Value p = e.load(e.f32(), own, e.add(scores, at));
      e.store(e.constant(e.f32(), -2e30), own,
              e.add(e.add(scores, rowBytes), at));
      chosen.push_back(p);
      if (!e.isWorkgroup())
        e.store(p, scratch, e.add(weightsAt, j * 4));
      e.store(best[1], scratch, e.add(idsAt, j * 4));
      sum = e.fadd(sum, p);
    }
    Value factor = e.constant(e.f32(), op.getScale().convertToDouble());
    if (op.getNormalize())
      factor = e.fdiv(factor, e.fadd(sum, e.constant(e.f32(), 1e-6)));
    for (int64_t j = 0; j < used; ++j) {
      Value at = e.add(weightsAt, j * 4);
      // Of one token all workgroups write this: what is written does not
      // change.
      Value p = e.isWorkgroup() ? chosen[j] : e.load(e.f32(), scratch, at);
      e.store(e.fmul(p, factor), scratch, at);
    }
  }
};

} // namespace

void lfm2c::chooseExperts(PhaseContext &context, lfm2::RouteOp op,
                          const PreparedInput &in) {
  Emitter &e = context.getEmitter();
  int64_t lanes = e.facts.lanes;
  int64_t experts = weightDim(op, op.getGateAttr(), 0);
  PackedSpec router = matrixSpec(
      op, segmentOf(op, op.getGateAttr(), 0, experts, experts), lanes);
  const SegmentSpec &segment = router.segments[0];
  BufferRef own = context.getBuffers().perThread(
      "route.scores", 2 * llvm::alignTo(segment.rows, lanes) * 4);
  RouteEmitter chooser{e,
                       op,
                       segment.rows,
                       PackedLayout(segment.format, lanes),
                       in.layout.columns,
                       router.stepBytes(),
                       e.pointer("weights"),
                       context.weight(router),
                       op.getBiasAttr() ? context.plainWeight(op.getBiasAttr())
                                        : Value(),
                       e.pointer("scratch"),
                       context.base(own),
                       context.address(own)};
  // Every thread routes for itself when there is one token. Near memory would
  // not outlive the kernel: workgroups all write the same to one place.
  auto makeBuffer = [&](StringRef role) {
    int64_t bytes = op.getUsed() * 4;
    return context.isSingle() && !e.isWorkgroup()
               ? context.getBuffers().perThread(role, bytes)
               : context.buffer(role, bytes);
  };
  BufferRef chosen = makeBuffer("route.weights"), ids = makeBuffer("route.ids");
  context.bindResult(op.getWeights(), chosen);
  context.bindResult(op.getExperts(), ids);
  Value chosenAt = context.address(chosen), idsAt = context.address(ids);
  auto choose = [&](Value t) {
    chooser.emit(in.base, e.add(in.offset, e.mul(t, in.rowBytes)), in.layout,
                 e.add(chosenAt, e.mul(t, chosen.rowBytes)),
                 e.add(idsAt, e.mul(t, ids.rowBytes)));
  };
  if (context.isSingle())
    return choose(e.index(0));
  auto [lo, hi] = e.share(context.count(), context.getEntry().tokens);
  e.loop(lo, hi, 1, choose);
}

LogicalResult lfm2c::emitRoute(PhaseContext &context, lfm2::RouteOp op) {
  chooseExperts(context, op,
                inputOf(context, op.getU(), allRows(context, op.getU())));
  return success();
}
