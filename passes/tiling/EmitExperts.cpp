//===- EmitExperts.cpp - routing and the experts of a token ---------------===//
//
// Experts lie behind each other in one packed weight. Tokens are taken one by
// one, since each has experts of its own; a thread has its share of every
// expert's rows.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/StepBuilder.h"
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
  Value scratch, scores;       ///< scores: private, [2][experts] f32.

  /// Writes the weights (f32) and the ids (i32) of the chosen experts.
  void emit(Value base, Value record, const ActivationLayout &layout,
            Value weightsAt, Value idsAt) {
    int64_t lanes = packed.lanes, groups = llvm::divideCeil(experts, lanes);
    int64_t rowBytes = groups * lanes * 4;
    VectorType type = e.lanesF32();
    e.loop(e.index(0), e.index(groups), 1, [&](Value g) {
      Value at = e.add(router, e.mul(g, stepBytes));
      Value s = emitGroupDots(
          e, {packed, columns, weights, at, base, record, layout})[0];
      Value one = e.constant(type, 1);
      Value p = e.fdiv(one, e.fadd(one, e.exp(e.fsub(e.constant(type, 0), s))));
      Value place = e.add(scores, e.mul(g, lanes * 4));
      e.store(p, scratch, place);
      Value ranked = p;
      if (bias)
        ranked = e.fadd(
            p, e.loadWeight(type, weights, e.add(bias, e.mul(g, lanes * 4))));
      e.store(ranked, scratch, e.add(place, rowBytes));
    });
    // The highest rank is taken `used` times; the first of equals wins, as a
    // stable sort would have it.
    Value sum = e.constant(e.f32(), 0);
    int64_t used = op.getUsed();
    for (int64_t j = 0; j < used; ++j) {
      SmallVector<Value> best = e.reduce(
          e.index(0), e.index(experts), 1,
          {e.constant(e.f32(), -1e30), e.constantInt(e.i32(), 0)},
          [&](Value i, ValueRange in) -> SmallVector<Value> {
            Value r = e.load(e.f32(), scratch,
                             e.add(e.add(scores, rowBytes), e.mul(i, 4)));
            Value more = arith::CmpFOp::create(
                e.b, e.loc, arith::CmpFPredicate::OGT, r, in[0]);
            return {
                arith::SelectOp::create(e.b, e.loc, more, r, in[0]),
                arith::SelectOp::create(e.b, e.loc, more, e.toI32(i), in[1])};
          });
      Value at = e.mul(e.toIndex(best[1]), 4);
      Value p = e.load(e.f32(), scratch, e.add(scores, at));
      e.store(e.constant(e.f32(), -2e30), scratch,
              e.add(e.add(scores, rowBytes), at));
      e.store(p, scratch, e.add(weightsAt, j * 4));
      e.store(best[1], scratch, e.add(idsAt, j * 4));
      sum = e.fadd(sum, p);
    }
    Value factor = e.constant(e.f32(), op.getScale().convertToDouble());
    if (op.getNormalize())
      factor = e.fdiv(factor, e.fadd(sum, e.constant(e.f32(), 1e-6)));
    for (int64_t j = 0; j < used; ++j) {
      Value at = e.add(weightsAt, j * 4);
      e.store(e.fmul(e.load(e.f32(), scratch, at), factor), scratch, at);
    }
  }
};

} // namespace

LogicalResult StepBuilder::emitExpertsUp(Emitter &e, FunctionScope &scope,
                                         exec::PhaseOp phase,
                                         exec::ExpertGateUpOp op) {
  auto norm = op.getInput().getDefiningOp<lfm2::RMSNormOp>();
  auto route = op.getIds().getDefiningOp<lfm2::RouteOp>();
  if (!norm || !route)
    return op.emitError(
        "expects its input from a norm and its ids from a route "
        "of the same phase");
  int64_t lanes = facts.lanes, used = route.getUsed();
  auto shape =
      cast<RankedTensorType>(lookupWeight(op, op.getGateAttr()).getType());
  int64_t experts = shape.getDimSize(0), n = shape.getDimSize(1),
          columns = shape.getDimSize(2);
  auto segment = [&](FlatSymbolRefAttr name, int64_t rows) {
    return SegmentSpec{name, formatOf(lookupWeight(op, name)), 0, rows, rows};
  };
  PackedSpec router{{segment(route.getGateAttr(), experts)}, columns, lanes, 1};
  PackedSpec spec{{segment(op.getGateAttr(), n), segment(op.getUpAttr(), n)},
                  columns,
                  lanes,
                  experts};
  SmallVector<Format> readers = {router.segments[0].format,
                                 spec.segments[0].format,
                                 spec.segments[1].format};

  Prepared in = prepare(e, scope, phase, buffers.lookup(norm.getX()), norm,
                        columns, readers, e.index(0), count(e));
  Value scratch = e.pointer("scratch"), weights = e.pointer("weights");
  RouteEmitter chooser{
      e,
      route,
      experts,
      PackedLayout(router.segments[0].format, lanes),
      columns,
      router.stepBytes(),
      weights,
      scope.weight(router),
      route.getBiasAttr() ? scope.weight(plainSpec(phase, route.getBiasAttr()))
                          : Value(),
      scratch,
      privateAddress(e, "route.scores", 2 * llvm::alignTo(experts, lanes) * 4)};

  // Every thread routes for itself when there is one token.
  int64_t routeBytes = llvm::alignTo(used * 4, 64);
  BufferRef chosenRef = buffer("route.weights", routeBytes);
  BufferRef idsRef = buffer("route.ids", routeBytes);
  Value chosen = bufferAddress(e, chosenRef);
  Value ids = bufferAddress(e, idsRef);
  if (entry.isSingle()) {
    Value mine = privateAddress(e, "route.mine", 2 * routeBytes);
    chooser.emit(in.base, in.offset, in.layout, mine, e.add(mine, routeBytes));
    // The next phase reads one copy.
    Value isFirst = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::eq,
                                          e.thread, e.constantInt(e.i32(), 0));
    e.ifThen(isFirst, [&] {
      for (int64_t j = 0; j < used; ++j) {
        e.store(e.load(e.f32(), scratch, e.add(mine, 4 * j)), scratch,
                e.add(chosen, 4 * j));
        e.store(e.load(e.i32(), scratch, e.add(mine, routeBytes + 4 * j)),
                scratch, e.add(ids, 4 * j));
      }
    });
    ids = e.add(mine, routeBytes);
  } else {
    auto [lo, hi] = e.share(count(e));
    e.loop(lo, hi, 1, [&](Value t) {
      chooser.emit(in.base, e.add(in.offset, e.mul(t, in.rowBytes)), in.layout,
                   e.add(chosen, e.mul(t, routeBytes)),
                   e.add(ids, e.mul(t, routeBytes)));
    });
    e.barrier("route");
  }
  bindResult(phase, route.getWeights(), chosenRef);
  bindResult(phase, route.getExperts(), idsRef);

  int64_t hiddenBytes = llvm::alignTo(llvm::alignTo(n, lanes) * 4, 64);
  BufferRef out = buffer(phase.getName(), used * hiddenBytes);
  out.elementStride = hiddenBytes;
  bindResult(phase, op.getOutput(), out);
  Value outAt = bufferAddress(e, out), base = scope.weight(spec);
  auto [lo, hi] = e.share(e.index(spec.groupsPerUnit()));
  PackedLayout gate(spec.segments[0].format, lanes);
  PackedLayout up(spec.segments[1].format, lanes);
  Value first = lo, last = hi;
  e.loop(e.index(0), count(e), 1, [&](Value t) {
    Value record = e.add(in.offset, e.mul(t, in.rowBytes));
    e.loop(e.index(0), e.index(used), 1, [&](Value j) {
      Value id = e.toIndex(
          e.load(e.i32(), scratch,
                 e.add(e.add(ids, e.mul(t, routeBytes)), e.mul(j, 4))));
      Value expert = e.add(base, e.mul(id, spec.bytes()));
      Value row =
          e.add(e.add(outAt, e.mul(t, out.rowBytes)), e.mul(j, hiddenBytes));
      e.loop(first, last, 1, [&](Value g) {
        Value at = e.add(expert, e.mul(g, spec.stepBytes()));
        Value a = emitGroupDots(e, {gate, columns, weights, at, in.base, record,
                                    in.layout, prefetchBytes()})[0];
        at = e.add(at, gate.groupBytes(columns));
        Value c = emitGroupDots(e, {up, columns, weights, at, in.base, record,
                                    in.layout, prefetchBytes()})[0];
        e.store(e.fmul(e.silu(a), c), scratch, e.add(row, e.mul(g, lanes * 4)));
      });
    });
  });
  return success();
}

LogicalResult StepBuilder::emitExpertsDown(Emitter &e, FunctionScope &scope,
                                           exec::PhaseOp phase,
                                           exec::ExpertDownOp op) {
  arith::AddFOp residual;
  for (Operation *user : op->getUsers())
    if (auto add = dyn_cast<arith::AddFOp>(user))
      residual = add;
  if (!residual)
    return op.emitError("expects its sum to be added to the residual in the "
                        "same phase");
  Value x = residual.getLhs() == op.getOutput() ? residual.getRhs()
                                                : residual.getLhs();
  int64_t lanes = facts.lanes;
  auto shape =
      cast<RankedTensorType>(lookupWeight(op, op.getDownAttr()).getType());
  int64_t experts = shape.getDimSize(0), n = shape.getDimSize(1),
          columns = shape.getDimSize(2);
  int64_t used = cast<RankedTensorType>(op.getIds().getType()).getDimSize(1);
  Format format = formatOf(lookupWeight(op, op.getDownAttr()));
  PackedSpec spec{
      {{op.getDownAttr(), format, 0, n, n}}, columns, lanes, experts};
  PackedLayout packed(format, lanes);
  BufferRef hidden = buffers.lookup(op.getInput());
  BufferRef chosen = buffers.lookup(op.getWeights());
  BufferRef ids = buffers.lookup(op.getIds());
  BufferRef out = buffers.lookup(x);
  buffers[phase.getResult(0)] = out;

  // The hidden vectors of a token's experts are rows like those of tokens.
  ActivationLayout layout(columns, {format}, facts, entry.tokenScales);
  Value scratch = e.pointer("scratch"), weights = e.pointer("weights");
  Value hiddenAt = bufferAddress(e, hidden);
  Value records;
  int64_t recordBytes = layout.bytes, tokenBytes = used * recordBytes;
  if (layout.isPlain()) {
    records = hiddenAt;
    recordBytes = hidden.elementStride;
    tokenBytes = hidden.rowBytes;
  } else {
    auto quantize = [&](Value item) {
      Value t = e.div(item, used), j = e.rem(item, used);
      emitActivation(e, scratch,
                     e.add(e.add(hiddenAt, e.mul(t, hidden.rowBytes)),
                           e.mul(j, hidden.elementStride)),
                     nullptr, scratch, e.add(records, e.mul(item, recordBytes)),
                     layout);
    };
    if (entry.isSingle()) {
      records = privateAddress(e, "input", tokenBytes);
      e.loop(e.index(0), e.index(used), 1, quantize);
    } else {
      records = bufferAddress(e, buffer("input", tokenBytes));
      auto [lo, hi] = e.share(e.mul(count(e), used));
      e.loop(lo, hi, 1, quantize);
      e.barrier();
    }
  }
  Value chosenAt = bufferAddress(e, chosen), idsAt = bufferAddress(e, ids);
  Value outAt = bufferAddress(e, out), base = scope.weight(spec);
  auto [lo, hi] = e.share(e.index(spec.groupsPerUnit()));
  Value first = lo, last = hi;
  e.loop(e.index(0), count(e), 1, [&](Value t) {
    e.loop(first, last, 1, [&](Value g) {
      Value row =
          e.add(e.add(outAt, e.mul(t, out.rowBytes)), e.mul(g, lanes * 4));
      Value sum = e.reduce(
          e.index(0), e.index(used), 1, {e.constant(e.lanesF32(), 0)},
          [&](Value j, ValueRange acc) -> SmallVector<Value> {
            Value j4 = e.mul(j, 4);
            Value w =
                e.load(e.f32(), scratch,
                       e.add(e.add(chosenAt, e.mul(t, chosen.rowBytes)), j4));
            Value id = e.toIndex(
                e.load(e.i32(), scratch,
                       e.add(e.add(idsAt, e.mul(t, ids.rowBytes)), j4)));
            Value at = e.add(e.add(base, e.mul(id, spec.bytes())),
                             e.mul(g, spec.stepBytes()));
            Value record = e.add(e.add(records, e.mul(t, tokenBytes)),
                                 e.mul(j, recordBytes));
            Value y = emitGroupDots(e, {packed, columns, weights, at, scratch,
                                        record, layout, prefetchBytes()})[0];
            return {e.fma(y, w, acc[0])};
          })[0];
      Value old = e.load(e.lanesF32(), scratch, row);
      e.store(e.fadd(old, sum), scratch, row);
    });
  });
  return success();
}
