#include "targets/Dot4Chains.h"
#include "targets/Intrinsics.h"

#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace lfm2c;

/// The dot4 whose sum this one continues, if nothing else reads that sum.
static exec::Dot4Op previous(exec::Dot4Op op) {
  auto before = op.getAcc().getDefiningOp<exec::Dot4Op>();
  if (!before || !before->hasOneUse() || before.getBits() != op.getBits() ||
      before.getSignedW() != op.getSignedW() ||
      before->getBlock() != op->getBlock())
    return nullptr;
  return before;
}

/// Lowers the chain that ends with `last`, piece by piece.
static void lowerChain(exec::Dot4Op last, int64_t vectorBytes,
                       LowerDot4Chain lower) {
  SmallVector<exec::Dot4Op> chain = {last};
  while (exec::Dot4Op before = previous(chain.back()))
    chain.push_back(before);
  std::reverse(chain.begin(), chain.end());

  OpBuilder b(last);
  Location loc = last.getLoc();
  auto type = cast<VectorType>(last.getAcc().getType());
  int64_t bytes = type.getNumElements() * 4;
  int64_t piece = std::min(bytes, vectorBytes);
  Value result;
  for (int64_t at = 0; at < bytes; at += piece) {
    SmallVector<Dot4Factor> factors;
    for (exec::Dot4Op op : chain) {
      b.setInsertionPoint(op);
      factors.push_back({sliceOf(b, loc, op.getW(), at, piece),
                         sliceOf(b, loc, op.getX(), at, piece), op});
    }
    b.setInsertionPoint(chain.front());
    Value start = sliceOf(b, loc, chain.front().getAcc(), at / 4, piece / 4);
    Value part = lower(b, {loc, start, factors, int64_t(last.getBits()), piece,
                           last.getSignedW()});
    b.setInsertionPoint(last);
    if (piece == bytes) {
      result = part;
      break;
    }
    if (!result)
      result = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    result = vector::InsertStridedSliceOp::create(
        b, loc, part, result, ArrayRef<int64_t>{at / 4}, ArrayRef<int64_t>{1});
  }
  last.getResult().replaceAllUsesWith(result);
  for (exec::Dot4Op op : llvm::reverse(chain))
    op.erase();
}

void lfm2c::lowerDot4Chains(ModuleOp module, int64_t vectorBytes,
                            LowerDot4Chain lower) {
  // Ends of chains: sums that no dot4 of the same kind continues.
  SmallVector<exec::Dot4Op> ends;
  module.walk([&](exec::Dot4Op op) {
    for (Operation *user : op->getUsers())
      if (auto next = dyn_cast<exec::Dot4Op>(user))
        if (previous(next) == op)
          return;
    ends.push_back(op);
  });
  for (exec::Dot4Op op : ends)
    lowerChain(op, vectorBytes, lower);
}
