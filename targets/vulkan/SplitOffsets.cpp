// The constant part of offsets apart from the rest.
//
// Accesses near each other have offsets that differ by constants, which stand
// anywhere in their sums. A GPU's load has room for a constant, and one address
// then serves all.

#include "targets/vulkan/SplitOffsets.h"

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;
using namespace lfm2c;

static constexpr StringLiteral plusAttribute = "vulkan.plus";

namespace {

/// The sum of an index and a constant, which stands on the right.
arith::AddIOp plusConstant(Value value, APInt &constant) {
  auto sum = value.getDefiningOp<arith::AddIOp>();
  if (sum && sum.getType().isIndex() &&
      matchPattern(sum.getRhs(), m_ConstantInt(&constant)))
    return sum;
  return {};
}

/// (x + c) + y is (x + y) + c.
struct ConstantLast : OpRewritePattern<arith::AddIOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::AddIOp op,
                                PatternRewriter &b) const override {
    APInt constant;
    for (bool isRight : {false, true}) {
      Value other = op->getOperand(isRight ? 0 : 1);
      arith::AddIOp sum =
          plusConstant(op->getOperand(isRight ? 1 : 0), constant);
      if (!sum || matchPattern(other, m_Constant()))
        continue;
      Value rest = arith::AddIOp::create(b, op.getLoc(), sum.getLhs(), other);
      b.replaceOpWithNewOp<arith::AddIOp>(op, rest, sum.getRhs());
      return success();
    }
    return failure();
  }
};

/// (x + c) * d is x * d + c * d.
struct ConstantOutOfProduct : OpRewritePattern<arith::MulIOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::MulIOp op,
                                PatternRewriter &b) const override {
    APInt constant, factor;
    arith::AddIOp sum = plusConstant(op.getLhs(), constant);
    if (!sum || !matchPattern(op.getRhs(), m_ConstantInt(&factor)))
      return failure();
    Value product =
        arith::MulIOp::create(b, op.getLoc(), sum.getLhs(), op.getRhs());
    Value added = arith::ConstantIndexOp::create(
        b, op.getLoc(), (constant * factor).getSExtValue());
    b.replaceOpWithNewOp<arith::AddIOp>(op, product, added);
    return success();
  }
};

} // namespace

LogicalResult lfm2c::splitOffsets(func::FuncOp kernel) {
  MLIRContext *context = kernel.getContext();
  RewritePatternSet patterns(context);
  patterns.add<ConstantLast, ConstantOutOfProduct>(context);
  arith::AddIOp::getCanonicalizationPatterns(patterns, context);
  if (failed(applyPatternsGreedily(kernel, std::move(patterns))))
    return failure();
  kernel.walk([](Operation *op) {
    if (!isa<exec::LoadOp, exec::StoreOp>(op))
      return;
    OpOperand &offset = op->getOpOperand(isa<exec::LoadOp>(op) ? 1 : 2);
    APInt constant;
    arith::AddIOp sum = plusConstant(offset.get(), constant);
    if (!sum)
      return;
    offset.set(sum.getLhs());
    op->setAttr(plusAttribute,
                IntegerAttr::get(sum.getType(), constant.getSExtValue()));
  });
  return success();
}

int64_t lfm2c::getConstantOffset(Operation *op) {
  auto plus = op->getAttrOfType<IntegerAttr>(plusAttribute);
  return plus ? plus.getInt() : 0;
}
