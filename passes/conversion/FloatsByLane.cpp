// Float arithmetic without vectors of floats.
//
// Two steps. Arithmetic becomes loops over lanes (LaneLoops.cpp). Then the
// vectors of floats that still pass through loops and memory become vectors of
// integers.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/conversion/FloatLanes.h"
#include "passes/conversion/LaneLoops.h"
#include "passes/conversion/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_FLOATSBYLANEPASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

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
    return vector && isTakenApart(vector, floatLanes);
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
      makeLaneLoops(func, floatLanes);
      Carriers(floatLanes).run(func);
    }
  }
};

} // namespace
