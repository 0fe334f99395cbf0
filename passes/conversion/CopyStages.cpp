// Staging without an engine.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/conversion/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_COPYSTAGESPASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Copies in pieces of `piece` bytes, then in halves of that.
void copy(exec::StageStartOp op, int64_t piece) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto index = [&](int64_t v) {
    return Value(arith::ConstantIndexOp::create(b, loc, v));
  };
  auto move = [&](Value i, int64_t n) {
    auto at = [&](Value start) {
      return Value(b.createOrFold<arith::AddIOp>(loc, start, i));
    };
    auto v = exec::LoadOp::create(b, loc, VectorType::get({n}, b.getI8Type()),
                                  op.getFrom(), at(op.getFromAt()));
    v.setConstant(true);
    exec::StoreOp::create(b, loc, v, op.getTo(), at(op.getToAt()));
  };
  int64_t bytes = op.getBytes(), whole = bytes / piece * piece;
  if (whole > 0) {
    auto loop =
        scf::ForOp::create(b, loc, index(0), index(whole), index(piece));
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    move(loop.getInductionVar(), piece);
  }
  for (int64_t at = whole; at < bytes; piece /= 2)
    if (at + piece <= bytes) {
      move(index(at), piece);
      at += piece;
    }
  op.erase();
}

struct CopyStages final : lfm2c::impl::CopyStagesPassBase<CopyStages> {
  void runOnOperation() override {
    int64_t vectorBytes = 4 * exec::TargetFacts::get(getOperation()).lanes;
    getOperation().walk([&](Operation *op) {
      if (auto start = dyn_cast<exec::StageStartOp>(op))
        copy(start, vectorBytes);
      else if (isa<exec::StageWaitOp>(op))
        op->erase();
    });
  }
};

} // namespace
