#include "targets/Dot2.h"
#include "targets/Intrinsics.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace lfm2c;

/// The even (`odd` = false) or odd elements of pairs of bf16, as f32.
static Value half(OpBuilder &b, Location loc, Value pairs, bool odd) {
  int64_t lanes = cast<VectorType>(pairs.getType()).getNumElements() / 2;
  auto ints = VectorType::get({lanes}, b.getI32Type());
  Value bits = vector::BitCastOp::create(b, loc, ints, pairs);
  if (odd)
    bits =
        arith::AndIOp::create(b, loc, bits, splatInteger(b, loc, ints, -65536));
  else
    bits = arith::ShLIOp::create(b, loc, bits, splatInteger(b, loc, ints, 16));
  return vector::BitCastOp::create(
      b, loc, VectorType::get({lanes}, b.getF32Type()), bits);
}

static Value expand(OpBuilder &b, Location loc, Value acc, Value w, Value x) {
  Value result = acc;
  for (bool odd : {true, false}) // As vdpbf16ps has them.
    result = arith::AddFOp::create(b, loc, result,
                                   arith::MulFOp::create(b, loc,
                                                         half(b, loc, w, odd),
                                                         half(b, loc, x, odd)));
  return result;
}

static Value lower(OpBuilder &b, exec::Dot2Op op,
                   const Dot2Instruction &instruction) {
  Location loc = op.getLoc();
  auto type = cast<VectorType>(op.getAcc().getType());
  int64_t lanes = type.getNumElements();
  Value result;
  for (int64_t at = 0, n = 0; at < lanes; at += n) {
    auto fits = llvm::find_if(instruction.lanes,
                              [&](int64_t n) { return n <= lanes - at; });
    bool has = fits != instruction.lanes.end();
    n = has ? *fits : lanes - at;
    Value acc = sliceOf(b, loc, op.getAcc(), at, n),
          w = sliceOf(b, loc, op.getW(), 2 * at, 2 * n),
          x = sliceOf(b, loc, op.getX(), 2 * at, 2 * n);
    Value part =
        has ? instruction.make(b, loc, acc, w, x) : expand(b, loc, acc, w, x);
    if (lanes == n)
      return part;
    if (!result)
      result = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    result = vector::InsertStridedSliceOp::create(
        b, loc, part, result, ArrayRef<int64_t>{at}, ArrayRef<int64_t>{1});
  }
  return result;
}

/// The nearest bf16, ties to even, of numbers.
static Value expand(OpBuilder &b, arith::TruncFOp op) {
  Location loc = op.getLoc();
  auto like = [&](Type element) -> Type {
    if (auto vector = dyn_cast<VectorType>(op.getType()))
      return vector.clone(element);
    return element;
  };
  auto cast = [&](Type type, Value v) -> Value {
    if (isa<VectorType>(type))
      return vector::BitCastOp::create(b, loc, mlir::cast<VectorType>(type), v);
    return arith::BitcastOp::create(b, loc, type, v);
  };
  Type ints = like(b.getI32Type());
  auto constant = [&](int32_t value) -> Value {
    TypedAttr attr = b.getI32IntegerAttr(value);
    if (auto vector = dyn_cast<VectorType>(ints))
      attr = SplatElementsAttr::get(vector, attr);
    return arith::ConstantOp::create(b, loc, attr);
  };
  auto high = [&](Value v) {
    return arith::ShRUIOp::create(b, loc, v, constant(16));
  };
  auto add = [&](Value a, Value c) {
    return arith::AddIOp::create(b, loc, a, c);
  };
  Value bits = cast(ints, op.getIn());
  Value odd = arith::AndIOp::create(b, loc, high(bits), constant(1));
  Value rounded = high(add(bits, add(odd, constant(0x7fff))));
  return cast(op.getType(),
              arith::TruncIOp::create(b, loc, like(b.getI16Type()), rounded));
}

void lfm2c::lowerDot2(ModuleOp module, const Dot2Instruction *instruction) {
  auto replace = [](Operation *op, Value by) {
    op->getResult(0).replaceAllUsesWith(by);
    op->erase();
  };
  module.walk([&](exec::Dot2Op op) {
    OpBuilder b(op);
    replace(op, instruction ? lower(b, op, *instruction)
                            : expand(b, op.getLoc(), op.getAcc(), op.getW(),
                                     op.getX()));
  });
  if (instruction)
    return;
  module.walk([&](arith::TruncFOp op) {
    OpBuilder b(op);
    if (getElementTypeOrSelf(op.getType()).isBF16())
      replace(op, expand(b, op));
  });
}
