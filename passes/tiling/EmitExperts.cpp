//===- EmitExperts.cpp - the experts of a feed-forward --------------------===//
//
// Experts lie behind each other in one packed weight; each is a contraction
// with the tokens that chose it. A thread has its share of every expert's rows.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/Contraction.h"
#include "passes/tiling/ExpertChoices.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

/// Runs `c`, of all experts' weights, on the tokens of each; returns the rows
/// that this thread has of every expert.
static ContractionRunner::Share runExperts(StepBuilder &builder, Emitter &e,
                                           FunctionScope &scope,
                                           const StepBuilder::Prepared &in,
                                           ExpertChoices &choices,
                                           const Contraction &c) {
  Value base = scope.weight(c.spec);
  ContractionRunner runner(builder, e, in, c);
  ContractionRunner::Share share = runner.shareOf(c);
  choices.forExperts([&](Value expert, Value first, Value last) {
    runner.run(c, e.add(base, e.mul(expert, c.spec.bytes())), share, first,
               last);
  });
  return share;
}

/// Checks that as many experts are chosen from as `weight` has. An id of one
/// that it lacks would lead behind it.
static LogicalResult checkRoute(StepBuilder &builder, Operation *op,
                                lfm2::RouteOp route, FlatSymbolRefAttr weight) {
  int64_t scored =
      builder.lookupWeight(route, route.getGateAttr()).getShape()[0];
  int64_t experts = builder.lookupWeight(op, weight).getShape()[0];
  if (scored == experts)
    return success();
  return op->emitError("expects as many experts as ")
         << route.getGateAttr() << " chooses from, " << scored << ", but "
         << weight << " has " << experts;
}

/// The records of `in`, one a token, copied to the places of its choices.
static StepBuilder::Prepared sortRecords(StepBuilder &builder, Emitter &e,
                                         const StepBuilder::Prepared &in,
                                         ExpertChoices &choices, int64_t used) {
  StepBuilder::Prepared sorted = in;
  if (builder.entry.isSingle()) {
    sorted.rowBytes = 0; // All choices read the same.
    return sorted;
  }
  sorted.offset =
      builder.bufferAddress(e, builder.buffer("sorted", in.rowBytes, used));
  VectorType line = e.vec(16, e.i32());
  auto [lo, hi] = e.share(choices.count());
  e.loop(lo, hi, 1, [&](Value choice) {
    Value t = e.div(choice, used), j = e.rem(choice, used);
    Value from = e.add(in.offset, e.mul(t, in.rowBytes));
    Value to =
        e.add(sorted.offset, e.mul(choices.placeOf(t, j), sorted.rowBytes));
    e.loop(e.index(0), e.index(in.rowBytes), 64, [&](Value at) {
      e.store(e.load(line, in.base, e.add(from, at)), in.base, e.add(to, at));
    });
  });
  e.barrier("sort");
  return sorted;
}

LogicalResult StepBuilder::emitExpertsUp(Emitter &e, FunctionScope &scope,
                                         exec::PhaseOp phase,
                                         exec::ExpertGateUpOp op) {
  auto norm = op.getInput().getDefiningOp<lfm2::RMSNormOp>();
  auto route = op.getIds().getDefiningOp<lfm2::RouteOp>();
  if (!norm || !route)
    return op.emitError(
        "expects its input from a norm and its ids from a route "
        "of the same phase");
  if (failed(checkRoute(*this, op, route, op.getGateAttr())))
    return failure();
  int64_t used = route.getUsed();
  auto shape =
      cast<RankedTensorType>(lookupWeight(op, op.getGateAttr()).getType());
  int64_t experts = shape.getDimSize(0), n = shape.getDimSize(1),
          columns = shape.getDimSize(2);
  auto segment = [&](FlatSymbolRefAttr name, int64_t rows) {
    return SegmentSpec{name, lookupWeight(op, name).getFormat(), 0, rows, rows};
  };
  SegmentSpec router = segment(route.getGateAttr(), experts);
  PackedSpec spec{{segment(op.getGateAttr(), n), segment(op.getUpAttr(), n)},
                  columns,
                  facts.lanes,
                  experts};
  Prepared in =
      prepare(e, scope, phase, buffers.lookup(norm.getX()), norm, columns,
              {router.format, spec.segments[0].format, spec.segments[1].format},
              e.index(0), count(e));
  emitRoute(e, scope, phase, route, router, in);
  ExpertChoices choices(*this, e, experts, used,
                        buffers.lookup(route.getExperts()));
  choices.sort();

  BufferRef hidden = buffer(freeRole(phase, phase.getName()),
                            llvm::alignTo(n, facts.lanes) * 4, used);
  bindResult(phase, op.getOutput(), hidden);
  Value hiddenAt = bufferAddress(e, hidden), scratch = e.pointer("scratch");
  Contraction up{spec,
                 [&](Value place, Value row, ArrayRef<Value> v) {
                   Value to = e.add(hiddenAt, e.mul(place, hidden.rowBytes));
                   e.store(e.fmul(e.silu(v[0]), v[1]), scratch,
                           e.add(to, e.mul(row, 4)));
                 },
                 nullptr, /*takesOne=*/true};
  runExperts(*this, e, scope, sortRecords(*this, e, in, choices, used), choices,
             up);
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
  auto route = dyn_cast_or_null<lfm2::RouteOp>(makerOf(op.getIds()));
  if (!route || !buffers.contains(op.getIds()))
    return op.emitError("expects its ids from a route of a phase before it");
  if (failed(checkRoute(*this, op, route, op.getDownAttr())))
    return failure();
  auto shape =
      cast<RankedTensorType>(lookupWeight(op, op.getDownAttr()).getType());
  int64_t experts = shape.getDimSize(0), n = shape.getDimSize(1),
          columns = shape.getDimSize(2);
  int64_t used = cast<RankedTensorType>(op.getIds().getType()).getDimSize(1);
  Format format = lookupWeight(op, op.getDownAttr()).getFormat();
  BufferRef chosen = buffers.lookup(op.getWeights());
  if (failed(checkResidual(phase, x, buffers.lookup(op.getInput()))))
    return failure();
  BufferRef out = buffers.lookup(x);
  buffers[phase.getResult(0)] = out;

  ExpertChoices choices(*this, e, experts, used, buffers.lookup(op.getIds()));
  Prepared in = prepare(e, scope, phase, buffers.lookup(op.getInput()), nullptr,
                        columns, format, e.index(0), choices.count(), used);
  BufferRef products =
      buffer("products", llvm::alignTo(n, facts.lanes) * 4, used);
  Value productsAt = bufferAddress(e, products), scratch = e.pointer("scratch");
  Contraction down{
      {{{op.getDownAttr(), format, 0, n, n}}, columns, facts.lanes, experts},
      [&](Value place, Value row, ArrayRef<Value> v) {
        Value to = e.add(productsAt, e.mul(place, products.rowBytes));
        e.store(v[0], scratch, e.add(to, e.mul(row, 4)));
      },
      nullptr,
      /*takesOne=*/true};
  ContractionRunner::Share groups =
      runExperts(*this, e, scope, in, choices, down);

  // In the order of a token's choices, so that the sum is the same in steps of
  // any size. The rows of this thread are finished: nobody waits.
  Value chosenAt = bufferAddress(e, chosen), outAt = bufferAddress(e, out);
  e.loop(e.index(0), count(e), 1, [&](Value t) {
    SmallVector<Value> from, weights;
    for (int64_t j = 0; j < used; ++j) {
      Value place = choices.placeOf(t, e.index(j));
      from.push_back(e.add(productsAt, e.mul(place, products.rowBytes)));
      Value at = e.add(e.add(chosenAt, e.mul(t, chosen.rowBytes)), 4 * j);
      weights.push_back(e.splat(e.load(e.f32(), scratch, at), facts.lanes));
    }
    Value to = e.add(outAt, e.mul(t, out.rowBytes));
    e.loop(groups.lo, groups.hi, 1, [&](Value group) {
      Value row = e.mul(group, facts.lanes * 4);
      Value sum = e.constant(e.lanesF32(), 0);
      for (auto [start, weight] : llvm::zip(from, weights))
        sum = e.fma(e.load(e.lanesF32(), scratch, e.add(start, row)), weight,
                    sum);
      Value old = e.load(e.lanesF32(), scratch, e.add(to, row));
      e.store(e.fadd(old, sum), scratch, e.add(to, row));
    });
  });
  return success();
}
