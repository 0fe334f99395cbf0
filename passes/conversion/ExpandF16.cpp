// f16 conversions without hardware.
//
// To f32: the bits moved into place as an f32 are the value times 2^-112, so
// one exact product gives it, subnormals included. To f16: rounding is an
// integer addition at the lowest kept bit; subnormals are rounded by adding a
// float whose last bit is theirs.

#include "passes/conversion/ExpandF16.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/conversion/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_EXPANDF16PASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Arithmetic on a scalar or a vector of the shape of `like`.
struct Bits {
  OpBuilder &b;
  Location loc;
  Type like;

  Type shaped(Type element) {
    if (auto v = dyn_cast<VectorType>(like))
      return VectorType::get(v.getShape(), element);
    return element;
  }
  Type i32() { return shaped(b.getI32Type()); }
  Type i16() { return shaped(b.getI16Type()); }
  Type f32() { return shaped(b.getF32Type()); }
  Value integer(int64_t v) {
    TypedAttr a = b.getI32IntegerAttr(static_cast<int32_t>(v));
    if (auto type = dyn_cast<VectorType>(i32()))
      a = SplatElementsAttr::get(type, a);
    return arith::ConstantOp::create(b, loc, a);
  }
  Value real(float v) {
    TypedAttr a = b.getF32FloatAttr(v);
    if (auto type = dyn_cast<VectorType>(f32()))
      a = SplatElementsAttr::get(type, a);
    return arith::ConstantOp::create(b, loc, a);
  }
  Value andI(Value x, int64_t c) {
    return arith::AndIOp::create(b, loc, x, integer(c));
  }
  Value orI(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value addI(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value subI(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value shl(Value x, int64_t c) {
    return arith::ShLIOp::create(b, loc, x, integer(c));
  }
  Value shr(Value x, int64_t c) {
    return arith::ShRUIOp::create(b, loc, x, integer(c));
  }
  Value select(Value c, Value x, Value y) {
    return arith::SelectOp::create(b, loc, c, x, y);
  }
  Value below(Value x, int64_t c) {
    return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, x,
                                 integer(c));
  }
  Value cast(Value x, Type type) {
    if (isa<VectorType>(type))
      return vector::BitCastOp::create(b, loc, mlir::cast<VectorType>(type), x);
    return arith::BitcastOp::create(b, loc, type, x);
  }
};

/// Whether the CPU converts vectors of this length itself.
bool isKept(Type type, int64_t keep) {
  auto vector = dyn_cast<VectorType>(type);
  return keep > 0 && vector && vector.getNumElements() % keep == 0;
}

struct ExtendPattern : OpRewritePattern<arith::ExtFOp> {
  ExtendPattern(MLIRContext *context, int64_t keep, bool integers)
      : OpRewritePattern(context), keep(keep), integers(integers) {}
  int64_t keep;
  bool integers;

  /// The bits of the f32 without its sign, of those of an f16. A subnormal is
  /// shifted until its first one stands where no float stores it.
  static Value widen(Bits &b, Value m) {
    Value bits = b.addI(b.shl(m, 13), b.integer(112 << 23));
    Value zeros = math::CountLeadingZerosOp::create(b.b, b.loc, m);
    Value shifted =
        arith::ShLIOp::create(b.b, b.loc, m, b.subI(zeros, b.integer(8)));
    Value subnormal = b.addI(b.shl(b.subI(b.integer(133), zeros), 23), shifted);
    subnormal = b.select(b.below(m, 1), m, subnormal);
    bits = b.select(b.below(m, 0x400), subnormal, bits);
    return b.select(b.below(m, 0x7c00), bits,
                    b.orI(b.shl(m, 13), b.integer(0x7f800000)));
  }

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &r) const override {
    if (!getElementTypeOrSelf(op.getIn().getType()).isF16() ||
        !getElementTypeOrSelf(op.getType()).isF32() ||
        isKept(op.getType(), keep))
      return failure();
    Bits b{r, op.getLoc(), op.getType()};
    Value h = arith::ExtUIOp::create(r, op.getLoc(), b.i32(),
                                     b.cast(op.getIn(), b.i16()));
    Value sign = b.shl(b.andI(h, 0x8000), 16);
    if (integers) {
      Value bits = widen(b, b.andI(h, 0x7fff));
      r.replaceOp(op, b.cast(b.orI(bits, sign), b.f32()));
      return success();
    }
    Value magnitude = b.shl(b.andI(h, 0x7fff), 13);
    Value scaled = arith::MulFOp::create(
        r, op.getLoc(), b.cast(magnitude, b.f32()), b.real(0x1p112f));
    Value bits = b.cast(scaled, b.i32());
    // Infinities and NaNs keep their exponent of ones.
    Value finite = b.below(magnitude, 0x0f800000);
    bits = b.select(finite, bits, b.orI(magnitude, b.integer(0x7f800000)));
    r.replaceOp(op, b.cast(b.orI(bits, sign), b.f32()));
    return success();
  }
};

struct TruncatePattern : OpRewritePattern<arith::TruncFOp> {
  TruncatePattern(MLIRContext *context, int64_t keep)
      : OpRewritePattern(context), keep(keep) {}
  int64_t keep;
  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &r) const override {
    if (!getElementTypeOrSelf(op.getType()).isF16() ||
        !getElementTypeOrSelf(op.getIn().getType()).isF32() ||
        isKept(op.getType(), keep))
      return failure();
    Bits b{r, op.getLoc(), op.getType()};
    Value x = b.cast(op.getIn(), b.i32());
    Value sign = b.shr(b.andI(x, 0x80000000), 16);
    Value magnitude = b.andI(x, 0x7fffffff);
    // Normal: bias the exponent anew, round at bit 13, ties to even.
    Value odd = b.andI(b.shr(magnitude, 13), 1);
    Value normal = b.shr(
        b.addI(b.addI(magnitude, b.integer(0xfff - (112 << 23))), odd), 13);
    // Subnormal: 0.5 has the ulp of an f16 subnormal, 2^-24.
    Value shifted = arith::AddFOp::create(
        r, op.getLoc(), b.cast(magnitude, b.f32()), b.real(0.5f));
    Value subnormal = b.subI(b.cast(shifted, b.i32()), b.integer(0x3f000000));
    Value result = b.select(b.below(magnitude, 113 << 23), subnormal, normal);
    // Too large is infinity; NaN stays NaN.
    result =
        b.select(b.below(magnitude, 0x477ff000), result, b.integer(0x7c00));
    result =
        b.select(b.below(magnitude, 0x7f800001), result, b.integer(0x7e00));
    Value narrow =
        arith::TruncIOp::create(r, op.getLoc(), b.i16(), b.orI(result, sign));
    r.replaceOp(op, b.cast(narrow, op.getType()));
    return success();
  }
};

struct ExpandF16 final : lfm2c::impl::ExpandF16PassBase<ExpandF16> {
  using ExpandF16PassBase::ExpandF16PassBase;
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateExtendF16Patterns(patterns, keep, integers);
    populateTruncateF16Patterns(patterns, keep);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

void lfm2c::populateExtendF16Patterns(RewritePatternSet &patterns, int64_t keep,
                                      bool integers) {
  patterns.add<ExtendPattern>(patterns.getContext(), keep, integers);
}
void lfm2c::populateTruncateF16Patterns(RewritePatternSet &patterns,
                                        int64_t keep) {
  patterns.add<TruncatePattern>(patterns.getContext(), keep);
}
