// The work between two barriers.
//
// Which op may join a running phase is a question of who made what it reads: a
// thread has its own rows of a contraction, and every thread has the whole of a
// norm, because each computes it for itself. The ops answer it
// (dialects/lfm2/Interfaces/ModelOpInterface).

#include "dialects/exec/IR/Exec.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/Remarks.h"
#include "passes/fusion/Passes.h"
#include "llvm/Support/FormatVariadic.h"

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
      exec::AttendOp::partialsType(b.getContext(), op.getHeads(),
                                   op.getHeadSize()),
      op.getQ(), op.getPosition(), append.getNextKeys(), append.getNextValues(),
      op.getHeads(), op.getKvHeads(), op.getHeadSize(), op.getCausal());
  auto merge = exec::AttendMergeOp::create(
      b, op.getLoc(), op.getOutput().getType(), attend.getPartials());
  for (Operation *made :
       {append.getOperation(), attend.getOperation(), merge.getOperation()})
    lfm2::setLayer(made, lfm2::getLayer(op));
  op.replaceAllUsesWith(ValueRange{merge.getOutput(), append.getNextKeys(),
                                   append.getNextValues()});
  op.erase();
}

/// Splits each `lfm2.head_norm_rope` of `block` into its rotation and the
/// angles, one table for all that turn by the same. Tables stand behind the
/// embedding, which knows the tokens first; without one, in front of their use.
void splitHeadNormRopes(Block &block) {
  auto embeds = block.getOps<lfm2::EmbedOp>();
  Value tokens = embeds.empty() ? Value() : (*embeds.begin()).getOutput();
  SmallVector<exec::RopeTableOp> tables;
  auto tableFor = [&](lfm2::HeadNormRopeOp op) -> Value {
    for (exec::RopeTableOp table : tables)
      if (table.getHeadSizeAttr() == op.getHeadSizeAttr() &&
          table.getThetaAttr() == op.getThetaAttr() &&
          table.getScalingAttr() == op.getScalingAttr())
        return table.getTable();
    OpBuilder b(op);
    if (!tables.empty())
      b.setInsertionPointAfter(tables.back());
    else if (tokens)
      b.setInsertionPointAfterValue(tokens);
    auto type = RankedTensorType::get(
        {ShapedType::kDynamic, static_cast<int64_t>(op.getHeadSize())},
        b.getF32Type());
    tables.push_back(exec::RopeTableOp::create(
        b, op.getLoc(), type, tokens ? tokens : op.getX(), op.getPosition(),
        op.getHeadSizeAttr(), op.getThetaAttr(), op.getScalingAttr()));
    return tables.back().getTable();
  };
  for (auto op : llvm::to_vector(block.getOps<lfm2::HeadNormRopeOp>())) {
    OpBuilder b(op);
    Value table = tableFor(op);
    auto turn = exec::HeadNormRopeOp::create(
        b, op.getLoc(), op.getOutput().getType(), op.getX(), op.getWeightAttr(),
        table, op.getHeadsAttr(), op.getHeadSizeAttr(), op.getEpsAttr());
    lfm2::setLayer(turn, lfm2::getLayer(op));
    op.replaceAllUsesWith(turn.getOutput());
    op.erase();
  }
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
  lfm2::setLayer(up, lfm2::getLayer(op));
  lfm2::setLayer(down, lfm2::getLayer(op));
  op.replaceAllUsesWith(down.getOutput());
  op.erase();
}

bool hasContracted(Operation *op,
                   llvm::function_ref<bool(const lfm2::WeightUse &)> isMeant) {
  auto model = dyn_cast<lfm2::ModelOpInterface>(op);
  return model &&
         llvm::any_of(model.getWeightUses(), [&](const lfm2::WeightUse &use) {
           return use.isContracted && isMeant(use);
         });
}

bool isContraction(Operation *op) {
  return hasContracted(op, [](const lfm2::WeightUse &) { return true; });
}

bool makesLogits(Operation *op) {
  return hasContracted(
      op, [](const lfm2::WeightUse &use) { return use.isByTokenId; });
}

/// The running phase: ops in order, all of one block.
class PhaseBuilder {
public:
  /// What keeps `op` out of the phase; nothing where it reads what the phase
  /// makes, and a thread that has done the phase so far has that as `op` needs
  /// it. No phase is of two layers, and the contractions of one are all of the
  /// same tokens.
  std::string whyApart(Operation *op) const {
    auto model = dyn_cast<lfm2::ModelOpInterface>(op);
    if (!model || ops.empty())
      return "it is no work of the model";
    if (lfm2::getLayer(op) != lfm2::getLayer(ops.front()))
      return "it is of another layer";
    bool readsPhase = false;
    for (OpOperand &operand : op->getOpOperands()) {
      Operation *maker = operand.get().getDefiningOp();
      lfm2::Need need = model.getNeed(operand.getOperandNumber());
      if (!maker || !llvm::is_contained(ops, maker))
        readsPhase |= need == lfm2::Need::Whole && isReadWhole(operand.get());
      else if (std::string why = whyNotRead(need, maker); !why.empty())
        return why;
      else
        readsPhase = true;
    }
    if (!readsPhase)
      return "it reads nothing that the phase has";
    for (Operation *other : ops)
      if (isContraction(op) && isContraction(other) &&
          makesLogits(op) != makesLogits(other))
        return llvm::formatv("it and '{0}' are not of the same tokens: logits "
                             "are made of those alone that are asked for",
                             other->getName());
    return "";
  }

  bool isEmpty() const { return ops.empty(); }
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
    lfm2::setLayer(phase, lfm2::getLayer(ops.front()));
    for (Operation *op : ops) {
      lfm2::setLayer(op, nullptr);
      op->moveBefore(body, body->end());
    }
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
  /// Why a thread that has done the phase lacks what `maker` of it made, as
  /// another op needs it; nothing where it has that.
  static std::string whyNotRead(lfm2::Need need, Operation *maker) {
    auto model = dyn_cast<lfm2::ModelOpInterface>(maker);
    const std::string name =
        ("'" + maker->getName().getStringRef() + "'").str();
    if (!model)
      return "it reads " + name + ", which is no work of the model";
    const bool isWhole = model.isMadeByEveryThread();
    switch (need) {
    case lfm2::Need::Finished:
      return "it waits until all threads have done " + name;
    case lfm2::Need::Whole:
      return isWhole ? ""
                     : "it needs all rows of " + name +
                           ", of which a thread has its own";
    case lfm2::Need::Rows:
      return isWhole ? "it needs rows of its own of " + name +
                           ", which every thread makes whole"
                     : "";
    }
    llvm_unreachable("covered switch");
  }

  /// Whether an op of the phase waits for the whole of `v` already.
  bool isReadWhole(Value v) const {
    return llvm::any_of(v.getUses(), [&](OpOperand &use) {
      auto model = dyn_cast<lfm2::ModelOpInterface>(use.getOwner());
      return model && llvm::is_contained(ops, use.getOwner()) &&
             model.getNeed(use.getOperandNumber()) == lfm2::Need::Whole;
    });
  }

  /// After the op that says most about the phase.
  StringRef name() const {
    StringRef found;
    for (Operation *op : ops)
      if (auto model = dyn_cast<lfm2::ModelOpInterface>(op))
        if (StringRef own = model.getPhaseName(); !own.empty())
          found = own;
    if (found == productName && isa<arith::AddFOp>(ops.back()))
      return closingName();
    return found.empty() ? "norm" : found;
  }

  /// Of a product that is summed into the residual: "down" ends a feed-forward
  /// part, "out" what mixes tokens.
  StringRef closingName() const {
    for (Operation *op : ops)
      for (Value v : op->getOperands())
        if (auto source = v.getDefiningOp<exec::PhaseOp>())
          if (source.getName() == hiddenName)
            return "down";
    return "out";
  }

  /// Names of phases that end with a plain product, and with the activations
  /// of a feed-forward part.
  static constexpr llvm::StringLiteral productName = "linear",
                                       hiddenName = "gate_up";

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
    splitHeadNormRopes(block);
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
      if (std::string why = phase.whyApart(&op); !why.empty()) {
        if (!phase.isEmpty())
          declined(op.getLoc(), "lfm2-fuse-phases", "join")
              << remark::reason("'{0}' opens a phase: {1}", op.getName(), why);
        numPhases += phase.close();
      }
      phase.add(&op);
    }
    numPhases += phase.close();
  }
};

} // namespace
