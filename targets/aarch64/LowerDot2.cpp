// dot2 in the instruction of one AArch64 CPU: FEAT_BF16 has bfdot.
#include "targets/aarch64/LowerDot2.h"
#include "targets/Dot2.h"
#include "targets/Intrinsics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Four lanes at a time.
Value lowerToBFDot(OpBuilder &b, exec::Dot2Op op) {
  Location loc = op.getLoc();
  auto type = cast<VectorType>(op.getAcc().getType());
  int64_t lanes = type.getNumElements();
  if (lanes % 4 != 0)
    return nullptr;
  auto four = VectorType::get({4}, b.getF32Type());
  Value result;
  for (int64_t at = 0; at < lanes; at += 4) {
    Value part =
        callIntrinsic(b, loc, "llvm.aarch64.neon.bfdot.v4f32.v8bf16", four,
                      {sliceOf(b, loc, op.getAcc(), at, 4),
                       sliceOf(b, loc, op.getW(), 2 * at, 8),
                       sliceOf(b, loc, op.getX(), 2 * at, 8)});
    if (lanes == 4)
      return part;
    if (!result)
      result = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    result = vector::InsertStridedSliceOp::create(
        b, loc, part, result, ArrayRef<int64_t>{at}, ArrayRef<int64_t>{1});
  }
  return result;
}

struct LowerDot2 : PassWrapper<LowerDot2, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerDot2)
  LowerDot2() = default;
  LowerDot2(const LowerDot2 &other) : PassWrapper(other) {}
  explicit LowerDot2(bool hasInstruction) { instruction = hasInstruction; }

  StringRef getArgument() const override { return "aarch64-lower-dot2"; }
  StringRef getDescription() const override {
    return "Lower exec.dot2 to bfdot, or to f32 arithmetic";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, arith::ArithDialect,
                    vector::VectorDialect>();
  }
  void runOnOperation() override {
    lowerDot2(getOperation(), [&](OpBuilder &b, exec::Dot2Op op) -> Value {
      return instruction ? lowerToBFDot(b, op) : nullptr;
    });
  }

  Option<bool> instruction{*this, "instruction",
                           llvm::cl::desc("The CPU has FEAT_BF16"),
                           llvm::cl::init(false)};
};

} // namespace

std::unique_ptr<Pass> lfm2c::createAArch64LowerDot2Pass(bool hasInstruction) {
  return std::make_unique<LowerDot2>(hasInstruction);
}

void lfm2c::registerAArch64LowerDot2Pass() {
  registerPass([] { return createAArch64LowerDot2Pass(); });
}
