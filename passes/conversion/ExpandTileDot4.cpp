// tile_dot4 as loops of dot4.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
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

/// `together` tokens have their sums in registers at once, so that they share
/// the vectors of weights.
void expand(exec::TileDot4Op op, int64_t together, bool byLane) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  int64_t lanes = op.getLanes(), dots = op.getDots();
  auto sumsType = VectorType::get({lanes}, b.getI32Type());
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
  // Tokens from `t` on, in steps of `together`.
  auto forTokens = [&](llvm::function_ref<void(Value)> body) {
    int64_t tokens = op.getTokens();
    if (tokens == together)
      return body(index(0));
    auto made =
        scf::ForOp::create(b, loc, index(0), index(tokens), index(together));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(made.getBody());
    body(made.getInductionVar());
  };
  // Four dots' activations are loaded together where dot4 picks out its own.
  int64_t loaded = byLane && dots % 4 == 0 ? 4 : 1;
  auto xType = VectorType::get({loaded}, b.getI32Type());
  for (int64_t p = 0; p < int64_t(op.getCount()); ++p)
    forTokens([&](Value t) {
      SmallVector<Value> sums(
          together, arith::ConstantOp::create(b, loc, b.getZeroAttr(sumsType)));
      SmallVector<Value> x(together);
      Value xAt = add(add(op.getXAt(), scaled(t, op.getXStride())),
                      index(p * 4 * dots));
      Value wAt = add(op.getWAt(), index(p * dots * op.dotBytes()));
      for (int64_t d = 0; d < dots; ++d) {
        auto w = exec::LoadOp::create(b, loc, bytes, op.getW(),
                                      add(wAt, index(d * op.dotBytes())));
        w.setOrdered(true);
        for (auto [i, sum] : llvm::enumerate(sums)) {
          if (d % loaded == 0)
            x[i] = exec::LoadOp::create(
                b, loc, xType, op.getX(),
                add(xAt, index(i * op.getXStride() + 4 * d)));
          Value own = vector::ExtractOp::create(b, loc, x[i], d % loaded);
          Value all = vector::BroadcastOp::create(b, loc, sumsType, own);
          auto dot = exec::Dot4Op::create(
              b, loc, sum, w, vector::BitCastOp::create(b, loc, bytes, all),
              /*bits=*/8);
          dot.setSignedW(true);
          sum = dot;
        }
      }
      Value at = add(add(op.getSumsAt(), index(p * op.productBytes())),
                     scaled(t, lanes * 4));
      for (auto [i, sum] : llvm::enumerate(sums))
        exec::StoreOp::create(b, loc, sum, op.getSums(),
                              add(at, index(i * lanes * 4)));
    });
  op.erase();
}

struct ExpandTileDot4 final
    : lfm2c::impl::ExpandTileDot4PassBase<ExpandTileDot4> {
  void runOnOperation() override {
    exec::TargetFacts facts = exec::TargetFacts::get(getOperation());
    getOperation().walk([&](exec::TileDot4Op op) {
      int64_t together = facts.sumsAtOnce();
      expand(op, op.getTokens() % together == 0 ? together : 1,
             facts.dotByLane);
    });
  }
};

} // namespace
