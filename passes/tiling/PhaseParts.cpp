// A phase, cut where its threads meet.

#include "passes/tiling/PhaseParts.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/IR/Builders.h"
#include "passes/tiling/Activation.h"
#include "passes/tiling/PackedSpec.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace lfm2c;

//===----------------------------------------------------------------------===//
// Inputs
//===----------------------------------------------------------------------===//

static bool isPlain(Value input, ArrayRef<Format> readers,
                    const exec::TargetFacts &facts) {
  auto type = cast<RankedTensorType>(input.getType());
  int64_t columns = type.getDimSize(type.getRank() - 1);
  return ActivationLayout(columns, readers, facts, {}).isPlain();
}

void lfm2c::prepareInputs(exec::PhaseOp phase, const exec::TargetFacts &facts) {
  struct Use {
    SmallVector<OpOperand *, 3> operands;
    SmallVector<Format, 3> formats;
    bool isHead = false;
  };
  llvm::MapVector<Value, Use> uses;
  for (auto op : phase.getBody().front().getOps<lfm2::ModelOpInterface>()) {
    OpOperand *input = op.getMultiplied();
    if (!input)
      continue;
    Use &use = uses[input->get()];
    use.operands.push_back(input);
    use.isHead |= isa<lfm2::HeadOp>(op);
    for (const lfm2::WeightUse &weight : op.getWeightUses()) {
      lfm2::WeightOp declared = lookupWeight(op, weight.weight);
      bool isMatrix = declared.getShape().size() > 1;
      if (isMatrix && !llvm::is_contained(use.formats, declared.getFormat()))
        use.formats.push_back(declared.getFormat());
    }
  }
  for (auto &[input, use] : uses) {
    Operation *maker = input.getDefiningOp();
    bool isInside = maker && maker->getParentOp() == phase;
    bool isNorm = isInside && isa<lfm2::RMSNormOp>(maker);
    if (!isNorm && !use.isHead && isPlain(input, use.formats, facts))
      continue;
    OpBuilder b(phase.getContext());
    if (isInside)
      b.setInsertionPointAfter(maker);
    else
      b.setInsertionPointToStart(&phase.getBody().front());
    SmallVector<StringRef, 3> readers;
    for (Format format : use.formats)
      readers.push_back(getFormatInfo(format).name);
    Value prepared = exec::PrepareOp::create(
        b, use.operands.front()->getOwner()->getLoc(), input.getType(), input,
        b.getStrArrayAttr(readers), use.isHead);
    for (OpOperand *operand : use.operands)
      operand->set(prepared);
  }
}

//===----------------------------------------------------------------------===//
// Experts
//===----------------------------------------------------------------------===//

void lfm2c::sortExperts(exec::PhaseOp phase,
                        SmallVectorImpl<exec::ExpertGateUpOp> &before) {
  Block &body = phase.getBody().front();
  for (auto down : llvm::to_vector(body.getOps<exec::ExpertDownOp>()))
    for (exec::ExpertGateUpOp up : before)
      if (up.getIds() == down.getIds())
        down.getTablesMutable().assign(up.getTables());
  for (auto up : llvm::to_vector(body.getOps<exec::ExpertGateUpOp>())) {
    OpBuilder b(up);
    int64_t experts = lookupWeight(up, up.getGateAttr()).getShape()[0];
    auto starts = RankedTensorType::get({experts + 1}, b.getI32Type());
    auto sort = exec::SortChoicesOp::create(
        b, up.getLoc(), up.getIds().getType(), starts, up.getIds());
    RankedTensorType x = up.getInput().getType(), ids = up.getIds().getType();
    auto gathered = RankedTensorType::get(
        {ShapedType::kDynamic, ids.getDimSize(1), x.getDimSize(1)},
        x.getElementType());
    up.getInputMutable().assign(exec::GatherOp::create(
        b, up.getLoc(), gathered, up.getInput(), sort.getPlaces()));
    up.getTablesMutable().assign({sort.getPlaces(), sort.getStarts()});
    before.push_back(up);
  }
}

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

namespace {

using Ops = llvm::SetVector<Operation *>;

/// Moves ops of `phase` into a phase in front of it; what others read of them
/// is what it yields. `part` is empty of the last.
void moveToPart(exec::PhaseOp phase, const Ops &ops, StringRef part) {
  SmallVector<Value> results;
  for (Operation *op : ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(),
                       [&](Operation *user) { return !ops.contains(user); }))
        results.push_back(result);
  OpBuilder b(phase);
  auto made = exec::PhaseOp::create(
      b, phase.getLoc(), TypeRange(results), phase.getNameAttr(),
      phase.getScheduleAttr(), part.empty() ? nullptr : b.getStringAttr(part));
  made->setDiscardableAttrs(phase->getDiscardableAttrDictionary());
  Block *body = &made.getBody().emplaceBlock();
  for (Operation *op : ops)
    op->moveBefore(body, body->end());
  b.setInsertionPointToEnd(body);
  exec::YieldOp::create(b, phase.getLoc(), results);
  for (auto [inner, outer] : llvm::zip(results, made.getResults()))
    inner.replaceUsesWithIf(outer, [&](OpOperand &use) {
      return !made->isProperAncestor(use.getOwner());
    });
}

/// Adds to `ops`, in order, what `op` is made of within its block, and itself.
void addWithOperands(Ops &ops, Operation *op) {
  for (Value operand : op->getOperands())
    if (Operation *maker = operand.getDefiningOp())
      if (maker->getBlock() == op->getBlock())
        addWithOperands(ops, maker);
  ops.insert(op);
}

} // namespace

void lfm2c::cutPhase(exec::PhaseOp phase) {
  Block &body = phase.getBody().front();
  auto collect = [&](auto isLast) {
    Ops ops;
    for (Operation &op : body)
      if (isLast(op))
        addWithOperands(ops, &op);
    return ops;
  };
  bool isCut = llvm::any_of(body, [](Operation &op) {
    return isa<exec::PrepareOp, exec::GatherOp>(op);
  });
  if (!isCut)
    return;
  // The parts take over what the phase yields.
  Operation *yield = body.getTerminator();
  for (auto [inner, outer] :
       llvm::zip(yield->getOperands(), phase.getResults()))
    outer.replaceAllUsesWith(inner);
  yield->erase();

  auto cutBehind = [&](auto isLast, StringRef part) {
    Ops ops = collect(isLast);
    if (!ops.empty())
      moveToPart(phase, ops, part);
  };
  cutBehind([](Operation &op) { return isa<exec::PrepareOp>(op); }, "input");
  cutBehind([](Operation &op) { return isa<lfm2::RouteOp>(op); }, "route");
  cutBehind([](Operation &op) { return isa<exec::GatherOp>(op); }, "sort");
  moveToPart(phase, collect([](Operation &) { return true; }), "");
  phase.erase();
}
