//===- FusePhases.cpp - the work between two barriers ---------------------===//
//
// Which op may join a running phase is a question of who made what it reads: a
// thread has its own rows of a contraction, and every thread has the whole of a
// norm, because each computes it for itself.
//
//===----------------------------------------------------------------------===//

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/fusion/Passes.h"
#include "llvm/ADT/TypeSwitch.h"

namespace lfm2c {
#define GEN_PASS_DEF_FUSEPHASESPASS
#include "passes/fusion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Splits `lfm2.attention` where its cache is complete, and where what threads
/// know of its positions is.
void splitAttention(lfm2::AttentionOp op) {
  OpBuilder b(op);
  auto append = exec::CacheAppendOp::create(
      b, op.getLoc(), op.getNextKeys().getType(), op.getNextValues().getType(),
      op.getK(), op.getV(), op.getPosition(), op.getKeys(), op.getValues());
  auto attend = exec::AttendOp::create(
      b, op.getLoc(),
      exec::AttendOp::partsType(b.getContext(), op.getHeads(),
                                op.getHeadSize()),
      op.getQ(), op.getPosition(), append.getNextKeys(), append.getNextValues(),
      op.getHeads(), op.getKvHeads(), op.getHeadSize(), op.getCausal());
  auto merge = exec::AttendMergeOp::create(
      b, op.getLoc(), op.getOutput().getType(), attend.getParts());
  op.replaceAllUsesWith(ValueRange{merge.getOutput(), append.getNextKeys(),
                                   append.getNextValues()});
  op.erase();
}

/// Splits `lfm2.experts` where the hidden activations are complete.
void splitExperts(lfm2::ExpertsOp op) {
  OpBuilder b(op);
  auto ids = cast<RankedTensorType>(op.getExperts().getType());
  auto gate = SymbolTable::lookupNearestSymbolFrom<lfm2::WeightOp>(
      op, op.getGateAttr());
  int64_t hidden = cast<RankedTensorType>(gate.getType()).getDimSize(1);
  auto type = RankedTensorType::get(
      {ids.getDimSize(0), ids.getDimSize(1), hidden}, b.getF32Type());
  auto up = exec::ExpertGateUpOp::create(b, op.getLoc(), type, op.getU(),
                                         op.getExperts(), op.getGateAttr(),
                                         op.getUpAttr(), /*tables=*/{});
  auto down = exec::ExpertDownOp::create(
      b, op.getLoc(), op.getOutput().getType(), up.getOutput(), op.getWeights(),
      op.getExperts(), op.getDownAttr(), /*tables=*/{});
  op.replaceAllUsesWith(down.getOutput());
  op.erase();
}

/// The running phase: ops in order, all of one block.
class PhaseBuilder {
public:
  /// Whether a thread that has done the phase so far has all that `op` reads.
  bool joins(Operation *op) const {
    if (ops.empty())
      return false;
    return TypeSwitch<Operation *, bool>(op)
        .Case<lfm2::LinearOp, lfm2::HeadOp>([&](auto linear) {
          return hasWhole(linear.getX()) || isSibling(linear.getX());
        })
        .Case<lfm2::RouteOp>([&](auto route) { return hasWhole(route.getU()); })
        .Case<exec::ExpertGateUpOp>(
            [&](auto up) { return hasWhole(up.getInput()); })
        .Case<lfm2::ShortConvOp, lfm2::CentredConvOp>(
            [&](auto conv) { return hasRows(conv.getGates()); })
        .Case<lfm2::HeadNormRopeOp>(
            [&](auto norm) { return hasRows(norm.getX()); })
        .Case<lfm2::SwiGLUOp>([&](auto glu) {
          return hasRows(glu.getGate()) && hasRows(glu.getUp());
        })
        .Case<exec::CacheAppendOp>([&](auto append) {
          return hasRows(append.getK()) && hasRows(append.getV());
        })
        .Case<arith::AddFOp>([&](auto add) {
          return hasRows(add.getLhs()) || hasRows(add.getRhs());
        })
        .Default(false);
  }

  void add(Operation *op) { ops.push_back(op); }

  /// Moves the ops into an `exec.phase`.
  bool close() {
    if (ops.empty())
      return false;
    llvm::SmallPtrSet<Operation *, 8> inside(ops.begin(), ops.end());
    SmallVector<Value> results;
    for (Operation *op : ops)
      for (Value result : op->getResults())
        if (llvm::any_of(result.getUsers(), [&](Operation *user) {
              return !inside.contains(user);
            }))
          results.push_back(result);

    OpBuilder b(ops.front());
    auto phase = exec::PhaseOp::create(b, ops.front()->getLoc(),
                                       TypeRange(results), name(),
                                       /*schedule=*/nullptr, /*part=*/nullptr);
    Block *body = &phase.getBody().emplaceBlock();
    for (Operation *op : ops)
      op->moveBefore(body, body->end());
    b.setInsertionPointToEnd(body);
    exec::YieldOp::create(b, phase.getLoc(), results);
    for (auto [inner, outer] : llvm::zip(results, phase.getResults()))
      inner.replaceUsesWithIf(outer, [&](OpOperand &use) {
        return !phase->isProperAncestor(use.getOwner());
      });
    ops.clear();
    return true;
  }

private:
  bool inside(Operation *op) const { return op && llvm::is_contained(ops, op); }

  /// Whether each thread does the whole of such an op for itself.
  static bool isWhole(Operation *op) {
    return isa<lfm2::RMSNormOp, lfm2::RouteOp, exec::AttendMergeOp>(op);
  }
  /// Every thread has computed the whole of `v` for itself.
  bool hasWhole(Value v) const {
    Operation *op = v.getDefiningOp();
    return inside(op) && isWhole(op);
  }
  /// Each thread has its rows of `v`.
  bool hasRows(Value v) const {
    Operation *op = v.getDefiningOp();
    return inside(op) && !isWhole(op);
  }
  bool isSibling(Value input) const {
    return llvm::any_of(ops, [&](Operation *op) {
      auto linear = dyn_cast<lfm2::LinearOp>(op);
      return linear && linear.getX() == input;
    });
  }

  /// After the op that says most about the phase.
  StringRef name() const {
    StringRef found = "";
    for (Operation *op : ops)
      found = TypeSwitch<Operation *, StringRef>(op)
                  .Case<lfm2::EmbedOp>([](auto) { return "embed"; })
                  .Case<lfm2::ShortConvOp, lfm2::CentredConvOp>(
                      [](auto) { return "conv"; })
                  .Case<exec::CacheAppendOp>([](auto) { return "qkv"; })
                  .Case<exec::AttendOp>([](auto) { return "attend"; })
                  .Case<lfm2::SwiGLUOp>([](auto) { return "gate_up"; })
                  .Case<exec::ExpertGateUpOp>([](auto) { return "experts_up"; })
                  .Case<exec::ExpertDownOp>([](auto) { return "experts_down"; })
                  .Case<lfm2::HeadOp>([](auto) { return "head"; })
                  .Case<lfm2::PoolOp>([](auto) { return "pool"; })
                  .Case<arith::AddFOp>([&](auto) {
                    return found == "linear" ? closingName() : found;
                  })
                  .Case<lfm2::LinearOp>([](auto) { return "linear"; })
                  .Default(found.empty() ? StringRef("norm") : found);
    return found;
  }

  /// Of a contraction that is summed into the residual: "down" ends a
  /// feed-forward part, "out" what mixes tokens.
  StringRef closingName() const {
    for (Operation *op : ops)
      if (auto linear = dyn_cast<lfm2::LinearOp>(op))
        if (auto result = dyn_cast<OpResult>(linear.getX()))
          if (auto source = dyn_cast<exec::PhaseOp>(result.getOwner()))
            if (source.getName() == "gate_up")
              return "down";
    return "out";
  }

  SmallVector<Operation *> ops;
};

struct FusePhases final : lfm2c::impl::FusePhasesPassBase<FusePhases> {
  void runOnOperation() override {
    auto forward = getOperation().lookupSymbol<func::FuncOp>("forward");
    if (!forward || !forward.getBody().hasOneBlock()) {
      getOperation().emitError("expected one function '@forward' of one block, "
                               "as a front end makes it");
      return signalPassFailure();
    }
    Block &block = forward.getBody().front();
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (auto attention = dyn_cast<lfm2::AttentionOp>(op))
        splitAttention(attention);
      else if (auto experts = dyn_cast<lfm2::ExpertsOp>(op))
        splitExperts(experts);
    }
    // In order of the program, but a cache write waits for its keys' RoPE,
    // which the importer may have put behind other work; ops are taken as they
    // come.
    PhaseBuilder phase;
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (op.hasTrait<OpTrait::IsTerminator>() ||
          op.hasTrait<OpTrait::ConstantLike>())
        continue;
      if (!phase.joins(&op))
        numPhases += phase.close();
      phase.add(&op);
    }
    numPhases += phase.close();
  }
};

} // namespace
