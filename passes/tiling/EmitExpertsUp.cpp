//===- EmitExpertsUp.cpp - gate and up products of chosen experts ---------===//
//
// Threads meet up to three times on the way: for the input, the choice of
// experts, and the records at the places of their choices.
//
//===----------------------------------------------------------------------===//

#include "passes/tiling/Experts.h"
#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Rows of gate and up products, gated; token t is the choice at place t.
class HiddenRows final : public StoredRows {
public:
  using StoredRows::StoredRows;

  void finish(Value place, Value row, ArrayRef<Value> v) override {
    Value to = e.add(at, e.mul(place, out.rowBytes));
    Value gated = e.fmul(e.silu(v[0]), v[1]);
    e.store(gated, bases.scratch, e.add(to, e.mul(row, 4)));
  }
};

} // namespace

/// The records of `in`, one a token, copied to the places of its choices.
static PreparedInput sortRecords(PhaseContext &context, const PreparedInput &in,
                                 ExpertChoices &choices, int64_t used) {
  Emitter &e = context.getEmitter();
  PreparedInput sorted = in;
  if (context.isSingle()) {
    sorted.rowBytes = 0; // All choices read the same.
    return sorted;
  }
  sorted.offset = context.address(context.buffer("sorted", in.rowBytes, used));
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
  context.meet("sort");
  return sorted;
}

LogicalResult lfm2c::emitExpertsUp(PhaseContext &context,
                                   exec::ExpertGateUpOp op) {
  Emitter &e = context.getEmitter();
  auto norm = op.getInput().getDefiningOp<lfm2::RMSNormOp>();
  auto route = op.getIds().getDefiningOp<lfm2::RouteOp>();
  if (!norm || !route)
    return op.emitError(
        "expects its input from a norm and its ids from a route "
        "of the same phase");
  if (failed(checkRoute(op, route, op.getGateAttr())))
    return failure();
  int64_t used = route.getUsed(), lanes = e.facts.lanes;
  PackedSpec spec = expertsSpec(op, {op.getGateAttr(), op.getUpAttr()}, lanes);
  PreparedInput in =
      prepareInput(context, {context.sourceOf(op.getInput()),
                             norm,
                             spec.columns,
                             {routerSpec(route, lanes).segments[0].format,
                              spec.segments[0].format, spec.segments[1].format},
                             e.index(0),
                             context.count()});
  emitRoute(context, route, in);
  ExpertChoices choices(context, spec.count, used,
                        context.getBuffers().lookup(route.getExperts()));
  choices.sort();

  BufferRef hidden =
      context.ownBuffer(context.getPhase().getName(),
                        llvm::alignTo(spec.segments[0].rows, lanes) * 4, used);
  context.bindResult(op.getOutput(), hidden);
  Contraction up{spec,
                 std::make_unique<HiddenRows>(context, RowBases(e), hidden),
                 /*takesOne=*/true};
  runExperts(context, sortRecords(context, in, choices, used), choices, up);
  return success();
}
