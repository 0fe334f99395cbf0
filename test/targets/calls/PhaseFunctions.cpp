#include "test/targets/calls/PhaseFunctions.h"

#include "dialects/exec/IR/Exec.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Arguments of every function: the step and the thread.
constexpr unsigned numFixed = 2;

/// The ops between two barriers of a function.
using Phase = SmallVector<Operation *>;

/// The phases of `func`, in order. Where a barrier may end the step, the way on
/// is the one on which it does not.
FailureOr<SmallVector<Phase>> findPhases(func::FuncOp func) {
  SmallVector<Phase> phases(1);
  Block *block = &func.getBody().front();
  while (true) {
    for (Operation &op : block->without_terminator()) {
      if (isa<exec::BarrierOp>(op))
        phases.emplace_back();
      else
        phases.back().push_back(&op);
    }
    Operation *end = block->getTerminator();
    if (isa<func::ReturnOp>(end))
      return phases;
    if (auto branch = dyn_cast<cf::BranchOp>(end)) {
      block = branch.getDest();
      continue;
    }
    auto branch = dyn_cast<cf::CondBranchOp>(end);
    if (!branch || !branch.getCondition().getDefiningOp<exec::BarrierOp>())
      return end->emitError("a branch that no barrier decides");
    block = branch.getFalseDest();
  }
}

class Cutter {
public:
  explicit Cutter(ModuleOp module) : module(module) {
    for (auto func : module.getOps<func::FuncOp>())
      numOffsets = std::max(numOffsets, func.getNumArguments() - numFixed);
  }

  LogicalResult run() {
    SmallVector<func::FuncOp> steps, layers;
    for (auto func : module.getOps<func::FuncOp>())
      (func.isPrivate() ? layers : steps).push_back(func);
    for (func::FuncOp layer : layers)
      if (failed(outline(layer)))
        return failure();
    for (func::FuncOp step : steps)
      if (failed(outline(step)) || failed(rewrite(step)))
        return failure();
    for (func::FuncOp layer : layers)
      layer.erase();
    return success();
  }

private:
  /// A function for each phase of `func` that does more than to call a layer.
  LogicalResult outline(func::FuncOp func) {
    FailureOr<SmallVector<Phase>> phases = findPhases(func);
    if (failed(phases))
      return failure();
    SmallVector<func::FuncOp> &made = parts[func];
    for (auto [i, phase] : llvm::enumerate(*phases)) {
      const bool hasWork = llvm::any_of(phase, [](Operation *op) {
        return !isPure(op) && !isa<func::CallOp>(op);
      });
      made.push_back(hasWork ? outline(func, phase, i) : func::FuncOp());
      if (hasWork && !made.back())
        return failure();
    }
    return success();
  }

  func::FuncOp outline(func::FuncOp from, const Phase &phase, size_t number) {
    OpBuilder b(from);
    SmallVector<Type> types(from.getArgumentTypes().take_front(numFixed));
    types.append(numOffsets, b.getIndexType());
    auto made = func::FuncOp::create(
        b, from.getLoc(), (from.getSymName() + "_phase" + Twine(number)).str(),
        b.getFunctionType(types, {}));
    b.setInsertionPointToStart(made.addEntryBlock());
    IRMapping inside;
    for (BlockArgument argument : from.getArguments())
      inside.map(argument, made.getArgument(argument.getArgNumber()));
    for (Operation *op : phase)
      if (failed(bringAlong(op, b, inside)))
        return {};
      else
        b.clone(*op, inside);
    func::ReturnOp::create(b, from.getLoc());
    return made;
  }

  /// Clones what `op` reads of earlier phases, which may be offsets and fields,
  /// but nothing that was computed.
  LogicalResult bringAlong(Operation *op, OpBuilder &b, IRMapping &inside) {
    WalkResult walked = op->walk([&](Operation *inner) {
      for (Value v : inner->getOperands()) {
        Operation *maker = v.getDefiningOp();
        if (!maker || inside.contains(v) || op->isAncestor(maker))
          continue;
        if (!isPure(maker) || maker->getNumRegions() > 0) {
          maker->emitError("is read by another phase");
          return WalkResult::interrupt();
        }
        if (failed(bringAlong(maker, b, inside)))
          return WalkResult::interrupt();
        b.clone(*maker, inside);
      }
      return WalkResult::advance();
    });
    return failure(walked.wasInterrupted());
  }

  /// Makes a step of calls alone.
  LogicalResult rewrite(func::FuncOp step) {
    FailureOr<SmallVector<Phase>> phases = findPhases(step);
    if (failed(phases))
      return failure();
    OpBuilder b(step);
    auto list = func::FuncOp::create(b, step.getLoc(), step.getSymName(),
                                     step.getFunctionType());
    b.setInsertionPointToStart(list.addEntryBlock());
    isFirst = true;
    for (auto [phase, own] : llvm::zip(*phases, parts[step])) {
      if (own)
        call(b, list, own, {});
      for (Operation *op : phase)
        if (auto layer = dyn_cast<func::CallOp>(op))
          if (failed(callLayer(b, list, layer)))
            return failure();
    }
    func::ReturnOp::create(b, step.getLoc());
    step.erase();
    return success();
  }

  LogicalResult callLayer(OpBuilder &b, func::FuncOp list, func::CallOp layer) {
    IRMapping inside;
    SmallVector<Value> offsets;
    for (Value v : layer.getOperands().drop_front(numFixed)) {
      if (Operation *maker = v.getDefiningOp())
        if (!inside.contains(v)) {
          if (failed(bringAlong(maker, b, inside)))
            return failure();
          b.clone(*maker, inside);
        }
      offsets.push_back(inside.lookup(v));
    }
    auto callee = module.lookupSymbol<func::FuncOp>(layer.getCallee());
    for (func::FuncOp part : parts[callee])
      call(b, list, part, offsets);
    return success();
  }

  void call(OpBuilder &b, func::FuncOp list, func::FuncOp part,
            ArrayRef<Value> offsets) {
    Location loc = list.getLoc();
    Value step = list.getArgument(0), thread = list.getArgument(1);
    if (!isFirst)
      exec::BarrierOp::create(b, loc, b.getI1Type(), step, thread);
    isFirst = false;
    SmallVector<Value> args = {step, thread};
    args.append(offsets.begin(), offsets.end());
    while (args.size() < numFixed + numOffsets)
      args.push_back(arith::ConstantIndexOp::create(b, loc, 0));
    func::CallOp::create(b, loc, part, args);
  }

  ModuleOp module;
  unsigned numOffsets = 0;
  /// Of each function, the one of each of its phases; none where there is no
  /// work.
  DenseMap<Operation *, SmallVector<func::FuncOp>> parts;
  bool isFirst = true; ///< No call in the list yet.
};

struct PhaseFunctions final
    : PassWrapper<PhaseFunctions, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(PhaseFunctions)
  StringRef getArgument() const override { return "test-phase-functions"; }
  void runOnOperation() override {
    if (failed(Cutter(getOperation()).run()))
      signalPassFailure();
  }
};

struct ListCalls final : PassWrapper<ListCalls, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ListCalls)
  StringRef getArgument() const override { return "test-list-calls"; }
  void runOnOperation() override {
    Builder b(&getContext());
    SmallVector<Attribute> lists;
    auto entries = getOperation()->getAttrOfType<ArrayAttr>("exec.entries");
    for (auto entry : entries.getAsRange<exec::EntryAttr>()) {
      auto step = getOperation().lookupSymbol<func::FuncOp>(entry.getSymbol());
      SmallVector<Attribute> list = {b.getStringAttr(entry.getSymbol())};
      for (auto call : step.getOps<func::CallOp>()) {
        SmallVector<Attribute> words = {call.getCalleeAttr()};
        for (Value v : call.getOperands().drop_front(numFixed)) {
          APInt offset;
          if (!matchPattern(v, m_ConstantInt(&offset))) {
            call.emitError("expected planned offsets");
            return signalPassFailure();
          }
          words.push_back(b.getI64IntegerAttr(offset.getSExtValue()));
        }
        list.push_back(b.getArrayAttr(words));
      }
      lists.push_back(b.getArrayAttr(list));
      step.erase();
    }
    getOperation()->setAttr("calls.lists", b.getArrayAttr(lists));
  }
};

} // namespace

std::unique_ptr<Pass> lfm2c::createPhaseFunctionsPass() {
  return std::make_unique<PhaseFunctions>();
}
std::unique_ptr<Pass> lfm2c::createListCallsPass() {
  return std::make_unique<ListCalls>();
}
