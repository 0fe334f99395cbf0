//===- ExpandTileDot4.cpp - tile_dot4 as loops of dot4 --------------------===//

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/conversion/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_EXPANDTILEDOT4PASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

void expand(exec::TileDot4Op op) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  int64_t lanes = op.getLanes(), dots = op.getDots();
  auto sums = VectorType::get({lanes}, b.getI32Type());
  auto bytes = VectorType::get({4 * lanes}, b.getI8Type());
  auto index = [&](int64_t v) {
    return Value(arith::ConstantIndexOp::create(b, loc, v));
  };
  auto add = [&](Value a, Value c) {
    return b.createOrFold<arith::AddIOp>(loc, a, c);
  };
  auto scaled = [&](Value i, int64_t c) {
    return b.createOrFold<arith::MulIOp>(loc, i, index(c));
  };
  auto loop = [&](int64_t end, llvm::function_ref<void(Value)> body) {
    auto made = scf::ForOp::create(b, loc, index(0), index(end), index(1));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(made.getBody());
    body(made.getInductionVar());
  };
  loop(op.getCount(), [&](Value p) {
    loop(op.getTokens(), [&](Value t) {
      Value sum = arith::ConstantOp::create(b, loc, b.getZeroAttr(sums));
      Value xAt = add(add(op.getXAt(), scaled(t, op.getXStride())),
                      scaled(p, 4 * dots));
      Value wAt = add(op.getWAt(), scaled(p, dots * op.dotBytes()));
      for (int64_t d = 0; d < dots; ++d) {
        Value x = exec::LoadOp::create(b, loc, b.getI32Type(), op.getX(),
                                       add(xAt, index(4 * d)));
        Value w = exec::LoadOp::create(b, loc, bytes, op.getW(),
                                       add(wAt, index(d * op.dotBytes())));
        Value all = vector::BroadcastOp::create(b, loc, sums, x);
        auto dot = exec::Dot4Op::create(
            b, loc, sum, w, vector::BitCastOp::create(b, loc, bytes, all),
            /*bits=*/8);
        dot.setSignedW(true);
        sum = dot;
      }
      Value at = add(add(op.getSumsAt(), scaled(p, op.productBytes())),
                     scaled(t, lanes * 4));
      exec::StoreOp::create(b, loc, sum, op.getSums(), at);
    });
  });
  op.erase();
}

struct ExpandTileDot4 final
    : lfm2c::impl::ExpandTileDot4PassBase<ExpandTileDot4> {
  void runOnOperation() override {
    getOperation().walk([](exec::TileDot4Op op) { expand(op); });
  }
};

} // namespace
