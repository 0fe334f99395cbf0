// dot4 in the instructions of HVX.
//
// vrmpy has it, 32 lanes of it. Where all lanes take the same four activations,
// which is how contractions are tiled, they stay in a scalar register: that
// form is of unsigned weights. Signed weights, and activations of the lanes'
// own, are multiplied vector by vector.

#include "mlir/IR/BuiltinOps.h"
#include "targets/Dot2.h"
#include "targets/Dot4Chains.h"
#include "targets/Intrinsics.h"
#include "targets/Lookups.h"
#include "targets/hexagon/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_HEXAGONLOWERDOT4PASS
#include "targets/hexagon/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr int64_t vectorBytes = 128;

/// The i32 that every lane of `x` is, or null.
Value scalarOf(Value x) {
  if (auto cast = x.getDefiningOp<vector::BitCastOp>())
    x = cast.getSource();
  auto splat = x.getDefiningOp<vector::BroadcastOp>();
  return splat && splat.getSource().getType().isInteger(32) ? splat.getSource()
                                                            : Value();
}

/// vlut32, whose table has its bytes at even places.
Value lowerLookup(OpBuilder &b, const LookupPiece &piece) {
  Location loc = piece.loc;
  SmallVector<int8_t> bytes(vectorBytes, 0);
  for (size_t i = 0; i < piece.table.size(); ++i)
    bytes[2 * i] = piece.table[i];
  auto type = VectorType::get({vectorBytes}, b.getI8Type());
  auto lanes = VectorType::get({vectorBytes / 4}, b.getI32Type());
  auto as = [&](VectorType to, Value v) {
    return Value(vector::BitCastOp::create(b, loc, to, v));
  };
  Value table = arith::ConstantOp::create(
      b, loc, DenseElementsAttr::get(type, ArrayRef<int8_t>(bytes)));
  Value first = arith::ConstantIntOp::create(b, loc, 0, 32);
  return as(type,
            callIntrinsic(b, loc, "llvm.hexagon.V6.vlutvvb.128B", lanes,
                          {as(lanes, piece.index), as(lanes, table), first}));
}

Value lowerChain(OpBuilder &b, const Dot4Chain &chain) {
  Location loc = chain.loc;
  auto lanes = VectorType::get({vectorBytes / 4}, b.getI32Type());
  auto asLanes = [&](Value v) {
    return Value(vector::BitCastOp::create(b, loc, lanes, v));
  };
  Value acc = chain.acc;
  for (const Dot4Factor &f : chain.factors) {
    b.setInsertionPoint(f.op);
    Value x = chain.isSigned ? Value() : scalarOf(f.x);
    StringRef name = x                ? "llvm.hexagon.V6.vrmpybus.acc.128B"
                     : chain.isSigned ? "llvm.hexagon.V6.vrmpybv.acc.128B"
                                      : "llvm.hexagon.V6.vrmpybusv.acc.128B";
    acc = callIntrinsic(b, loc, name, lanes,
                        {acc, asLanes(f.w), x ? x : asLanes(f.x)});
  }
  return acc;
}

struct LowerDot4 final : lfm2c::impl::HexagonLowerDot4PassBase<LowerDot4> {
  using HexagonLowerDot4PassBase::HexagonLowerDot4PassBase;

  void runOnOperation() override {
    WalkResult checked = getOperation().walk([&](exec::Dot4Op op) {
      int64_t lanes = cast<VectorType>(op.getAcc().getType()).getNumElements();
      if (lanes % (vectorBytes / 4) == 0)
        return WalkResult::advance();
      op.emitError(
          "expected a multiple of 32 lanes, which a vector of HVX has, "
          "but found ")
          << lanes;
      return WalkResult::interrupt();
    });
    if (checked.wasInterrupted())
      return signalPassFailure();
    lowerLookups(getOperation(), vectorBytes, lowerLookup);
    lowerDot4Chains(getOperation(), vectorBytes, lowerChain);
    lowerDot2(getOperation(), /*instruction=*/nullptr);
  }
};

} // namespace
