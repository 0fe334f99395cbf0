//===- FloatsByLane.cpp - float arithmetic without vectors of floats ------===//
//
// Two steps. Ops on lanes that belong together, a cluster, become one loop: its
// inputs are stored to slots of the function's own memory, a few lanes at a
// time are computed as scalars, and what is read elsewhere is loaded from slots
// again. Then the vectors of floats that still pass through loops and memory
// become vectors of integers.
//
//===----------------------------------------------------------------------===//

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"
#include "passes/conversion/Passes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"
#include <map>

namespace lfm2c {
#define GEN_PASS_DEF_FLOATSBYLANEPASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Lanes that one turn of a loop computes side by side: results of float
/// instructions come some cycles later, and the lanes do not wait for each
/// other.
constexpr int64_t lanesOfTurn = 4;
/// What slots are aligned to: a vector of any target.
constexpr int64_t slotAlign = 128;

/// Lanes of the vectors that an op reads or makes, or 0 where it is none that
/// is done for each lane alone.
int64_t lanesOf(Operation *op) {
  if (op->getNumResults() != 1)
    return 0;
  auto type = dyn_cast<VectorType>(op->getResult(0).getType());
  if (!type || type.getRank() != 1)
    return 0;
  int64_t lanes = type.getNumElements();
  if (auto cast = dyn_cast<vector::BitCastOp>(op))
    return cast.getSourceVectorType().getNumElements() == lanes ? lanes : 0;
  return OpTrait::hasElementwiseMappableTraits(op) ? lanes : 0;
}

bool hasElement(Operation *op, llvm::function_ref<bool(Type)> is) {
  auto matches = [&](Type type) {
    return isa<VectorType>(type) && is(getElementTypeOrSelf(type));
  };
  return llvm::any_of(op->getOperandTypes(), matches) ||
         llvm::any_of(op->getResultTypes(), matches);
}

/// The scalar that every lane of `v` is; made at `b` where it is a constant.
Value scalarOf(OpBuilder &b, Value v) {
  if (auto splat = v.getDefiningOp<vector::BroadcastOp>())
    if (!isa<VectorType>(splat.getSource().getType()))
      return splat.getSource();
  if (auto constant = v.getDefiningOp<arith::ConstantOp>())
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      return arith::ConstantOp::create(
          b, v.getLoc(), cast<TypedAttr>(splat.getSplatValue<Attribute>()));
  return nullptr;
}

VectorType asIntegers(VectorType type) {
  return VectorType::get(
      type.getShape(),
      IntegerType::get(type.getContext(), type.getElementTypeBitWidth()));
}
/// `v` with vectors of floats as vectors of integers, and back.
Value toType(OpBuilder &b, Value v, Type type) {
  if (v.getType() == type)
    return v;
  if (auto vector = dyn_cast<VectorType>(type))
    return vector::BitCastOp::create(b, v.getLoc(), vector, v);
  return arith::BitcastOp::create(b, v.getLoc(), type, v);
}

//===----------------------------------------------------------------------===//
// Clusters
//===----------------------------------------------------------------------===//

class LaneLoops {
public:
  LaneLoops(func::FuncOp func, int64_t floatLanes)
      : func(func), floatLanes(floatLanes) {}

  void run() {
    for (Block &block : func.getBody())
      visit(block);
    if (slots)
      slots.setBytes(slotBytes);
  }

  /// Whether a vector of this type has no registers to be computed in.
  static bool isTakenApart(VectorType type, int64_t floatLanes) {
    Type element = type.getElementType();
    if (!isa<FloatType>(element) || type.getRank() != 1)
      return false;
    return element.isF64() || floatLanes == 1 ||
           type.getNumElements() % floatLanes != 0;
  }

private:
  using Cluster = llvm::SetVector<Operation *>;

  bool isSeed(Operation *op) {
    // Other names for the same bits are no arithmetic.
    if (isa<vector::BitCastOp>(op))
      return false;
    if (floatLanes > 1 && isa<arith::DivFOp>(op))
      return true;
    auto apart = [&](Type type) {
      auto vector = dyn_cast<VectorType>(type);
      return vector && isTakenApart(vector, floatLanes);
    };
    return llvm::any_of(op->getOperandTypes(), apart) ||
           llvm::any_of(op->getResultTypes(), apart);
  }
  /// Whether what a cluster of `lanes` has computed is better read there.
  bool mayFollow(Operation *op, int64_t lanes) {
    return floatLanes == 1 || lanes % floatLanes != 0 ||
           hasElement(op, [](Type element) {
             return element.isInteger(1) ||
                    element.getIntOrFloatBitWidth() == 64;
           });
  }

  void visit(Block &block) {
    std::map<int64_t, Cluster> open;
    SmallVector<Operation *> ops;
    for (Operation &op : block)
      ops.push_back(&op);
    for (Operation *op : ops) {
      int64_t lanes = lanesOf(op);
      bool follows = false;
      llvm::SmallSetVector<int64_t, 4> read;
      op->walk([&](Operation *inner) {
        for (Value v : inner->getOperands())
          for (auto &[n, cluster] : open)
            if (Operation *made = v.getDefiningOp();
                made && cluster.contains(made)) {
              if (inner == op && n == lanes &&
                  (mayFollow(op, lanes) || isSeed(op)))
                follows = true;
              else
                read.insert(n);
            }
      });
      for (int64_t n : read) {
        close(open[n], n, op);
        open.erase(n);
      }
      if (lanes && (follows || isSeed(op)))
        open[lanes].insert(op);
      for (Region &region : op->getRegions())
        for (Block &inner : region)
          visit(inner);
    }
    for (auto &[n, cluster] : open)
      close(cluster, n, block.getTerminator());
  }

  /// Conditions have no place in memory: what makes them is computed again.
  void addConditions(Cluster &cluster) {
    SmallVector<Operation *> found;
    std::function<void(Operation *)> add = [&](Operation *op) {
      for (Value v : op->getOperands())
        if (Operation *made = v.getDefiningOp();
            made && !cluster.contains(made) && lanesOf(made) &&
            isa<VectorType>(v.getType()) &&
            getElementTypeOrSelf(v.getType()).isInteger(1) &&
            !isa<arith::ConstantOp>(made)) {
          add(made);
          found.push_back(made);
        }
    };
    for (Operation *op : cluster)
      add(op);
    if (found.empty())
      return;
    Cluster all(found.begin(), found.end());
    all.insert(cluster.begin(), cluster.end());
    cluster = std::move(all);
  }

  void close(Cluster &cluster, int64_t lanes, Operation *before) {
    SmallVector<Operation *> members(cluster.begin(), cluster.end());
    addConditions(cluster);
    OpBuilder b(before);
    Location loc = cluster.front()->getLoc();
    llvm::SetVector<Value> inputs;
    IRMapping scalars;
    for (Operation *op : cluster)
      for (Value v : op->getOperands()) {
        if (!isa<VectorType>(v.getType()) || inputs.contains(v) ||
            scalars.contains(v) ||
            (v.getDefiningOp() && cluster.contains(v.getDefiningOp())))
          continue;
        if (Value scalar = scalarOf(b, v))
          scalars.map(v, scalar);
        else
          inputs.insert(v);
      }
    SmallVector<Value> outputs;
    llvm::SmallPtrSet<Operation *, 8> ours(members.begin(), members.end());
    for (Operation *op : members)
      if (llvm::any_of(op->getUsers(),
                       [&](Operation *user) { return !ours.contains(user); }))
        outputs.push_back(op->getResult(0));
    if (lanes <= lanesOfTurn)
      computeInRegisters(b, loc, cluster, lanes, inputs.getArrayRef(), scalars,
                         outputs);
    else
      computeInSlots(b, loc, cluster, lanes, inputs.getArrayRef(), scalars,
                     outputs);
    for (Operation *op : llvm::reverse(members))
      op->erase();
  }

  /// Ops of the cluster for some lanes at once, side by side. `known` has the
  /// scalars of each lane.
  void compute(OpBuilder &b, const Cluster &cluster,
               MutableArrayRef<IRMapping> known) {
    for (Operation *op : cluster)
      for (IRMapping &lane : known) {
        if (auto cast = dyn_cast<vector::BitCastOp>(op)) {
          Type type = getElementTypeOrSelf(cast.getType());
          Value from = lane.lookup(cast.getSource());
          lane.map(cast.getResult(),
                   from.getType() == type
                       ? from
                       : arith::BitcastOp::create(b, op->getLoc(), type, from)
                             .getResult());
          continue;
        }
        Operation *made = b.clone(*op, lane);
        made->getResult(0).setType(
            getElementTypeOrSelf(op->getResult(0).getType()));
      }
  }

  void computeInRegisters(OpBuilder &b, Location loc, const Cluster &cluster,
                          int64_t lanes, ArrayRef<Value> inputs,
                          const IRMapping &scalars, ArrayRef<Value> outputs) {
    SmallVector<IRMapping, lanesOfTurn> known(lanes, scalars);
    for (auto [i, lane] : llvm::enumerate(known))
      for (Value v : inputs)
        lane.map(v, vector::ExtractOp::create(b, loc, v, ArrayRef<int64_t>(i))
                        .getResult());
    compute(b, cluster, known);
    for (Value v : outputs) {
      SmallVector<Value> elements;
      for (IRMapping &lane : known)
        elements.push_back(lane.lookup(v));
      v.replaceAllUsesWith(
          vector::FromElementsOp::create(b, loc, v.getType(), elements));
    }
  }

  void computeInSlots(OpBuilder &b, Location loc, const Cluster &cluster,
                      int64_t lanes, ArrayRef<Value> inputs,
                      const IRMapping &scalars, ArrayRef<Value> outputs) {
    Value base = slotsOfFunction();
    llvm::DenseMap<Value, int64_t> places;
    int64_t bytes = 0;
    auto place = [&](Value v) {
      places[v] = bytes;
      int64_t bits = cast<VectorType>(v.getType()).getElementTypeBitWidth();
      bytes = llvm::alignTo(bytes + lanes * bits / 8, slotAlign);
    };
    auto index = [&](int64_t i) {
      return Value(arith::ConstantIndexOp::create(b, loc, i));
    };
    for (Value v : inputs) {
      place(v);
      auto store = exec::StoreOp::create(
          b, loc, toType(b, v, asIntegers(cast<VectorType>(v.getType()))), base,
          index(places[v]));
      store.setAlign(slotAlign);
    }
    for (Value v : outputs)
      place(v);
    slotBytes = std::max(slotBytes, bytes);

    int64_t turn = lanesOfTurn;
    while (lanes % turn != 0)
      turn /= 2;
    auto loop = scf::ForOp::create(b, loc, index(0), index(lanes), index(turn));
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value first = loop.getInductionVar();
      auto at = [&](Value v, size_t i) {
        int64_t size =
            cast<VectorType>(v.getType()).getElementTypeBitWidth() / 8;
        Value lane = b.createOrFold<arith::MulIOp>(loc, first, index(size));
        return std::pair(b.createOrFold<arith::AddIOp>(
                             loc, lane, index(places[v] + size * i)),
                         size);
      };
      SmallVector<IRMapping, lanesOfTurn> known(turn, scalars);
      for (Value v : inputs)
        for (auto [i, lane] : llvm::enumerate(known)) {
          auto [offset, align] = at(v, i);
          auto load = exec::LoadOp::create(
              b, loc, getElementTypeOrSelf(v.getType()), base, offset);
          load.setAlign(align);
          lane.map(v, load.getResult());
        }
      compute(b, cluster, known);
      for (Value v : outputs)
        for (auto [i, lane] : llvm::enumerate(known)) {
          auto [offset, align] = at(v, i);
          exec::StoreOp::create(b, loc, lane.lookup(v), base, offset)
              .setAlign(align);
        }
    }
    for (Value v : outputs)
      replaceOutput(b, loc, v, base, places[v]);
  }

  /// Reads of parts of an output come from its slot at once.
  void replaceOutput(OpBuilder &b, Location loc, Value v, Value base,
                     int64_t place) {
    auto load = [&](Type type, int64_t at) {
      auto vector = dyn_cast<VectorType>(type);
      Type loaded = vector ? Type(asIntegers(vector)) : type;
      Value offset = arith::ConstantIndexOp::create(b, loc, at);
      auto op = exec::LoadOp::create(b, loc, loaded, base, offset);
      op.setAlign(at % slotAlign ? llvm::MinAlign(at, slotAlign) : slotAlign);
      return toType(b, op.getResult(), type);
    };
    int64_t size = cast<VectorType>(v.getType()).getElementTypeBitWidth() / 8;
    for (Operation *user : llvm::make_early_inc_range(v.getUsers())) {
      int64_t first = -1;
      if (auto slice = dyn_cast<vector::ExtractStridedSliceOp>(user))
        first = cast<IntegerAttr>(slice.getOffsets()[0]).getInt();
      else if (auto extract = dyn_cast<vector::ExtractOp>(user);
               extract && extract.getDynamicPosition().empty())
        first = extract.getStaticPosition()[0];
      if (first < 0)
        continue;
      // The op itself is left to the next folding, as what walks the block
      // knows of it.
      user->getResult(0).replaceAllUsesWith(
          load(user->getResult(0).getType(), place + first * size));
    }
    if (!v.use_empty())
      v.replaceAllUsesWith(load(v.getType(), place));
  }

  Value slotsOfFunction() {
    if (!slots) {
      OpBuilder b = OpBuilder::atBlockBegin(&func.getBody().front());
      slots = exec::LocalOp::create(b, func.getLoc(), /*bytes=*/slotAlign);
    }
    return slots;
  }

  func::FuncOp func;
  int64_t floatLanes;
  exec::LocalOp slots;
  int64_t slotBytes = slotAlign;
};

//===----------------------------------------------------------------------===//
// What passes through
//===----------------------------------------------------------------------===//

class Carriers {
public:
  explicit Carriers(int64_t floatLanes) : floatLanes(floatLanes) {}

  void run(func::FuncOp func) {
    SmallVector<Operation *> ops;
    func.walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      carry(op);
  }

private:
  bool isApart(Type type) {
    auto vector = dyn_cast<VectorType>(type);
    return vector && LaneLoops::isTakenApart(vector, floatLanes);
  }
  Type carrierOf(Type type) {
    return isApart(type) ? Type(asIntegers(cast<VectorType>(type))) : type;
  }

  void carry(Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      return carryLoop(loop);
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return carryConstant(constant);
    if (auto splat = dyn_cast<vector::BroadcastOp>(op))
      return carryElements(splat);
    if (auto made = dyn_cast<vector::FromElementsOp>(op))
      return carryElements(made);
    if (!isa<exec::LoadOp, exec::StoreOp, vector::ExtractOp,
             vector::ExtractStridedSliceOp, vector::InsertStridedSliceOp>(op))
      return;
    // A part of a vector is of its kind.
    auto isCarried = [&](Type type) {
      return isa<VectorType>(type) && isApart(type);
    };
    if (llvm::none_of(op->getOperandTypes(), isCarried) &&
        llvm::none_of(op->getResultTypes(), isCarried))
      return;
    OpBuilder b(op);
    for (OpOperand &operand : op->getOpOperands())
      if (auto type = dyn_cast<VectorType>(operand.get().getType()))
        operand.set(toType(b, operand.get(), asIntegers(type)));
    for (Value result : op->getResults()) {
      Type type = result.getType();
      if (auto vector = dyn_cast<VectorType>(type))
        retype(result, asIntegers(vector));
      else if (auto extract = dyn_cast<vector::ExtractOp>(op))
        retype(result, extract.getSourceVectorType().getElementType());
    }
  }

  /// Gives `result` another type of the same bits, for all but one bitcast.
  void retype(Value result, Type type) {
    Type before = result.getType();
    if (before == type)
      return;
    OpBuilder b(result.getContext());
    b.setInsertionPointAfterValue(result);
    result.setType(type);
    Value back = toType(b, result, before);
    result.replaceAllUsesExcept(back, back.getDefiningOp());
  }

  void carryConstant(arith::ConstantOp op) {
    if (!isApart(op.getType()))
      return;
    auto values = cast<DenseElementsAttr>(op.getValue());
    auto carrier = cast<VectorType>(carrierOf(op.getType()));
    op.setValueAttr(values.bitcast(carrier.getElementType()));
    retype(op.getResult(), carrier);
  }

  /// Ops that make a vector of scalars.
  void carryElements(Operation *op) {
    Value result = op->getResult(0);
    if (!isApart(result.getType()))
      return;
    OpBuilder b(op);
    Type carrier = carrierOf(result.getType());
    for (OpOperand &operand : op->getOpOperands())
      operand.set(
          toType(b, operand.get(), cast<VectorType>(carrier).getElementType()));
    retype(result, carrier);
  }

  void carryLoop(scf::ForOp loop) {
    OpBuilder b(loop);
    auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
    for (unsigned i = 0; i < loop.getNumResults(); ++i) {
      Type type = loop.getResult(i).getType(), carrier = carrierOf(type);
      if (carrier == type)
        continue;
      b.setInsertionPoint(loop);
      OpOperand &init = loop.getInitArgsMutable()[i];
      init.set(toType(b, init.get(), carrier));
      b.setInsertionPoint(yield);
      yield->setOperand(i, toType(b, yield->getOperand(i), carrier));
      retype(loop.getRegionIterArgs()[i], carrier);
      retype(loop.getResult(i), carrier);
    }
  }

  int64_t floatLanes;
};

struct FloatsByLane final : lfm2c::impl::FloatsByLanePassBase<FloatsByLane> {
  void runOnOperation() override {
    int64_t floatLanes = exec::TargetFacts::get(getOperation()).floatLanes;
    if (floatLanes == 0)
      return;
    for (auto func : getOperation().getOps<func::FuncOp>()) {
      if (func.isExternal())
        continue;
      LaneLoops(func, floatLanes).run();
      Carriers(floatLanes).run(func);
    }
  }
};

} // namespace
