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

static Value expand(OpBuilder &b, exec::Dot2Op op) {
  Location loc = op.getLoc();
  Value result = op.getAcc();
  for (bool odd : {true, false}) // In the order of the op.
    result = arith::AddFOp::create(
        b, loc, result,
        arith::MulFOp::create(b, loc, half(b, loc, op.getW(), odd),
                              half(b, loc, op.getX(), odd)));
  return result;
}

void lfm2c::lowerDot2(
    ModuleOp module,
    llvm::function_ref<Value(OpBuilder &, exec::Dot2Op)> instruction) {
  module.walk([&](exec::Dot2Op op) {
    OpBuilder b(op);
    Value result = instruction(b, op);
    if (!result)
      result = expand(b, op);
    op.getResult().replaceAllUsesWith(result);
    op.erase();
  });
}
