// A cluster of ops, computed lane by lane.
//
// The cluster becomes a loop. Its inputs are stored to slots of the function's
// own memory, a few lanes at a time are computed as scalars, and what is read
// elsewhere is loaded from slots again. A few lanes are computed without
// memory.

#include "passes/conversion/LaneCode.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "passes/conversion/FloatLanes.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

/// Lanes that one turn of a loop computes side by side: results of float
/// instructions come some cycles later, and the lanes do not wait for each
/// other.
static constexpr int64_t lanesOfTurn = 4;

/// The scalar that every lane of `v` is; made at `b` where it is a constant.
static Value scalarOf(OpBuilder &b, Value v) {
  if (auto splat = v.getDefiningOp<vector::BroadcastOp>())
    if (!isa<VectorType>(splat.getSource().getType()))
      return splat.getSource();
  if (auto constant = v.getDefiningOp<arith::ConstantOp>())
    if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
      return arith::ConstantOp::create(
          b, v.getLoc(), cast<TypedAttr>(splat.getSplatValue<Attribute>()));
  return nullptr;
}

/// Ops of the cluster for some lanes at once, side by side. `known` has the
/// scalars of each lane.
void LaneCode::computeLanes(OpBuilder &b, const LaneCluster &cluster,
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

void LaneCode::computeInRegisters(OpBuilder &b, const LaneCluster &cluster,
                                  int64_t lanes, Values inputs,
                                  const IRMapping &scalars, Values outputs) {
  Location loc = cluster.front()->getLoc();
  SmallVector<IRMapping, lanesOfTurn> known(lanes, scalars);
  for (auto [i, lane] : llvm::enumerate(known))
    for (Value v : inputs)
      lane.map(v, vector::ExtractOp::create(b, loc, v, ArrayRef<int64_t>(i))
                      .getResult());
  computeLanes(b, cluster, known);
  for (Value v : outputs) {
    SmallVector<Value> elements;
    for (IRMapping &lane : known)
      elements.push_back(lane.lookup(v));
    v.replaceAllUsesWith(
        vector::FromElementsOp::create(b, loc, v.getType(), elements));
  }
}

void LaneCode::computeInSlots(OpBuilder &b, const LaneCluster &cluster,
                              int64_t lanes, Values inputs,
                              const IRMapping &scalars, Values outputs) {
  Location loc = cluster.front()->getLoc();
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
      int64_t size = cast<VectorType>(v.getType()).getElementTypeBitWidth() / 8;
      Value lane = b.createOrFold<arith::MulIOp>(loc, first, index(size));
      return std::pair(
          b.createOrFold<arith::AddIOp>(loc, lane, index(places[v] + size * i)),
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
    computeLanes(b, cluster, known);
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
void LaneCode::replaceOutput(OpBuilder &b, Location loc, Value v, Value base,
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

Value LaneCode::slotsOfFunction() {
  if (!slots) {
    OpBuilder b = OpBuilder::atBlockBegin(&func.getBody().front());
    slots = exec::LocalOp::create(b, func.getLoc(), /*bytes=*/slotAlign);
  }
  return slots;
}

void LaneCode::compute(const LaneCluster &cluster,
                       ArrayRef<Operation *> members, int64_t lanes,
                       Operation *before) {
  OpBuilder b(before);
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
    computeInRegisters(b, cluster, lanes, inputs.getArrayRef(), scalars,
                       outputs);
  else
    computeInSlots(b, cluster, lanes, inputs.getArrayRef(), scalars, outputs);
}

void LaneCode::finish() {
  if (slots)
    slots.setBytes(slotBytes);
}
