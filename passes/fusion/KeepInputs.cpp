// What products with weights read is kept of each step.
//
// The ops say by ModelOpInterface what they multiply. What experts read needs
// to be known with their choice, which is kept, too.

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "dialects/lfm2/IR/Roles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/fusion/Passes.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"

namespace lfm2c {
#define GEN_PASS_DEF_KEEPINPUTSPASS
#include "passes/fusion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// `value` as one sees it behind `phase`, which is replaced by one that yields
/// it, where it does not yet.
Value seenOutside(exec::PhaseOp &phase, Value value) {
  if (value.getParentRegion() != &phase.getBody())
    return value;
  auto yield = cast<exec::YieldOp>(phase.getBody().front().getTerminator());
  for (auto [inner, outer] :
       llvm::zip_equal(yield.getValues(), phase.getResults()))
    if (inner == value)
      return outer;
  SmallVector<Type> types(phase.getResultTypes());
  types.push_back(value.getType());
  OpBuilder b(phase);
  auto made =
      exec::PhaseOp::create(b, phase.getLoc(), types, phase.getNameAttr(),
                            phase.getScheduleAttr(), phase.getPartAttr());
  made->setDiscardableAttrs(phase->getDiscardableAttrDictionary());
  made.getBody().takeBody(phase.getBody());
  yield.getValuesMutable().append(value);
  phase.replaceAllUsesWith(made.getResults().drop_back());
  phase.erase();
  phase = made;
  return made.getResults().back();
}

/// The experts that the rows of an op's input are for; null of others.
Value choicesOf(Operation *op) {
  if (auto up = dyn_cast<exec::ExpertGateUpOp>(op))
    return up.getIds();
  if (auto down = dyn_cast<exec::ExpertDownOp>(op))
    return down.getIds();
  return {};
}

struct KeepInputs final : lfm2c::impl::KeepInputsPassBase<KeepInputs> {
  using KeepInputsPassBase::KeepInputsPassBase;

  void runOnOperation() override {
    forward = getOperation().lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      getOperation().emitError("expected one function '@forward' of one block, "
                               "as lfm2-fuse-phases leaves it");
      return signalPassFailure();
    }
    kept.clear();
    for (auto phase :
         llvm::to_vector(forward.getBody().front().getOps<exec::PhaseOp>()))
      keepInputsOf(phase);
    Builder b(&getContext());
    SmallVector<Attribute> list;
    for (auto &[value, one] : kept)
      list.push_back(exec::KeptAttr::get(
          &getContext(), b.getArrayAttr(one.weights), one.columns,
          one.type.getDimSize(1), one.type.getDimSize(0),
          one.type.getDimSize(0) / tokens, one.choices));
    getOperation()->setAttr("exec.kept", b.getArrayAttr(list));
    numKept = kept.size();
  }

private:
  struct Kept {
    SmallVector<Attribute> weights;
    int64_t columns = 0, choices = -1;
    RankedTensorType type; ///< Of the state.
  };

  void keepInputsOf(exec::PhaseOp phase) {
    SmallVector<lfm2::ModelOpInterface> products;
    for (auto op : phase.getBody().front().getOps<lfm2::ModelOpInterface>())
      // What chooses experts is no matrix to be quantised.
      if (op.getMultiplied() &&
          llvm::any_of(op.getWeightUses(), [](const lfm2::WeightUse &use) {
            return use.isContracted;
          }))
        products.push_back(op);
    // All of them before any is kept: the phase changes.
    for (lfm2::ModelOpInterface op : products) {
      seenOutside(phase, op.getMultiplied()->get());
      if (Value ids = choicesOf(op))
        seenOutside(phase, ids);
    }
    Operation *last = phase;
    Builder b(&getContext());
    for (lfm2::ModelOpInterface op : products) {
      int64_t choices = -1;
      if (Value ids = choicesOf(op))
        choices = keep(phase, ids, last);
      const int64_t number = keep(phase, op.getMultiplied()->get(), last);
      Kept &one = (kept.begin() + number)->second;
      one.choices = choices;
      for (const lfm2::WeightUse &use : op.getWeightUses())
        if (use.isContracted)
          one.weights.push_back(b.getStringAttr(use.weight.getValue()));
    }
  }

  /// The number of the value in the list. Where it is new, it is kept behind
  /// `last`, which is then what keeps it.
  int64_t keep(exec::PhaseOp phase, Value inner, Operation *&last) {
    Value value = seenOutside(phase, inner);
    auto [it, isNew] = kept.try_emplace(value);
    if (!isNew)
      return it - kept.begin();
    auto type = cast<RankedTensorType>(value.getType());
    const int64_t perToken = type.getRank() == 3 ? type.getDimSize(1) : 1;
    OpBuilder b(&getContext());
    Kept &one = it->second;
    one.columns = type.getShape().back();
    // Lines of the cache, so that rows of all vectors begin with one.
    one.type = RankedTensorType::get(
        {tokens * perToken, int64_t(llvm::alignTo(one.columns, 32))},
        b.getF32Type());
    Value state = addState(one.type);
    b.setInsertionPointAfter(last);
    auto keeping =
        exec::PhaseOp::create(b, phase.getLoc(), TypeRange(one.type), "keep",
                              /*schedule=*/nullptr, /*part=*/nullptr);
    lfm2::setLayer(keeping, lfm2::getLayer(phase));
    b.setInsertionPointToEnd(&keeping.getBody().emplaceBlock());
    Value next =
        exec::KeepOp::create(b, phase.getLoc(), one.type, value, state);
    exec::YieldOp::create(b, phase.getLoc(), next);
    cast<func::ReturnOp>(forward.getBody().front().getTerminator())
        .getOperandsMutable()
        .append(keeping.getResult(0));
    last = keeping;
    return it - kept.begin();
  }

  /// A new argument of the model, and the type of the result to it.
  Value addState(Type type) {
    const unsigned argument = forward.getNumArguments(),
                   result = forward.getNumResults();
    if (failed(forward.insertArgument(argument, type, {}, forward.getLoc())) ||
        failed(forward.insertResult(result, type, {})))
      llvm_unreachable("a function takes any argument");
    lfm2::setArgumentRole(forward, argument, lfm2::Role::kept);
    lfm2::setResultRole(forward, result, lfm2::Role::kept);
    return forward.getArgument(argument);
  }

  func::FuncOp forward;
  llvm::MapVector<Value, Kept> kept;
};

} // namespace
