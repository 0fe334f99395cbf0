// Gate and up products of chosen experts.

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

/// The norm that the input of experts or of their router is prepared of; null
/// if there is none.
static lfm2::RMSNormOp normOf(Value input) {
  Operation *maker = makerOf(input);
  if (auto gather = dyn_cast_or_null<exec::GatherOp>(maker))
    maker = makerOf(gather.getX());
  auto prepare = dyn_cast_or_null<exec::PrepareOp>(maker);
  return prepare ? prepare.getX().getDefiningOp<lfm2::RMSNormOp>() : nullptr;
}

namespace {

class ExpertsUpEmitter final : public PhaseEmitter {
public:
  ExpertsUpEmitter(PhaseContext &context, exec::ExpertGateUpOp op)
      : PhaseEmitter(context), op(op),
        spec(expertsSpec(op, {op.getGateAttr(), op.getUpAttr()},
                         context.getEmitter().facts.lanes)) {}

  LogicalResult begin() override {
    route = dyn_cast_or_null<lfm2::RouteOp>(makerOf(op.getIds()));
    lfm2::RMSNormOp norm = normOf(op.getInput());
    if (!norm || !route || norm != normOf(route.getU()))
      return op.emitError(
          "expects its input from a norm and its ids from a route "
          "of the same phase");
    if (failed(checkRoute(op, route, op.getGateAttr())))
      return failure();
    // Scratch is placed in the order of the program: where inputs are gathered
    // by a part in front, what is made of them comes first.
    if (!context.isSingle())
      placeHidden();
    return success();
  }

  LogicalResult emit() override {
    PreparedInput in =
        inputOf(context, op.getInput(), allRows(context, op.getInput()));
    if (context.isSingle()) {
      chooseExperts(context, route, in);
      in.rowBytes = 0; // All choices read the same.
    }
    ExpertChoices choices =
        choicesOf(context, spec.count, op.getIds(), op.getTables());
    if (context.isSingle())
      placeHidden();
    RowBases bases(context.getEmitter());
    Contraction up{spec, std::make_unique<HiddenRows>(context, bases, hidden),
                   /*takesOne=*/true};
    runExperts(context, in, choices, up);
    return success();
  }

private:
  void placeHidden() {
    int64_t used = cast<RankedTensorType>(op.getIds().getType()).getDimSize(1);
    hidden = context.ownBuffer(
        context.getPhase().getName(),
        llvm::alignTo(spec.segments[0].rows, spec.lanes) * 4, used);
    context.bindResult(op.getOutput(), hidden);
  }

  exec::ExpertGateUpOp op;
  lfm2::RouteOp route;
  const PackedSpec spec;
  BufferRef hidden; ///< Rows of choices.
};

} // namespace

std::unique_ptr<PhaseEmitter>
lfm2c::createExpertsUpEmitter(PhaseContext &context, exec::ExpertGateUpOp op) {
  return std::make_unique<ExpertsUpEmitter>(context, op);
}
