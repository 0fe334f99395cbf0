// dot2 in the instructions of one x86-64 CPU.
//
// AVX512-BF16 has vdpbf16ps. Without it a bf16 becomes an f32 by 16 zero bits,
// and the product of two of them is exact in f32: slower, but any CPU can check
// programs that are made for the instruction.
#include "targets/x86/LowerDot2.h"

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// The intrinsic for so many lanes, or none.
StringRef intrinsicOf(int64_t lanes) {
  switch (lanes) {
  case 4:
    return "llvm.x86.avx512bf16.dpbf16ps.128";
  case 8:
    return "llvm.x86.avx512bf16.dpbf16ps.256";
  case 16:
    return "llvm.x86.avx512bf16.dpbf16ps.512";
  default:
    return "";
  }
}

/// The even (`odd` = false) or odd elements of pairs of bf16, as f32.
Value half(OpBuilder &b, Location loc, Value pairs, bool odd) {
  int64_t lanes = cast<VectorType>(pairs.getType()).getNumElements() / 2;
  auto ints = VectorType::get({lanes}, b.getI32Type());
  auto constant = [&](int64_t value) {
    return arith::ConstantOp::create(
        b, loc, SplatElementsAttr::get(ints, b.getI32IntegerAttr(value)));
  };
  Value bits = vector::BitCastOp::create(b, loc, ints, pairs);
  if (odd)
    bits = arith::AndIOp::create(b, loc, bits, constant(-65536));
  else
    bits = arith::ShLIOp::create(b, loc, bits, constant(16));
  return vector::BitCastOp::create(
      b, loc, VectorType::get({lanes}, b.getF32Type()), bits);
}

void lower(exec::Dot2Op op, bool hasInstruction) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  auto type = cast<VectorType>(op.getAcc().getType());
  StringRef name = intrinsicOf(type.getNumElements());
  Value result;
  if (hasInstruction && !name.empty()) {
    result = LLVM::CallIntrinsicOp::create(
                 b, loc, Type(type), b.getStringAttr(name),
                 ValueRange{op.getAcc(), op.getW(), op.getX()})
                 .getResult(0);
  } else {
    result = op.getAcc();
    for (bool odd : {true, false}) // In the order of the instruction.
      result = arith::AddFOp::create(
          b, loc, result,
          arith::MulFOp::create(b, loc, half(b, loc, op.getW(), odd),
                                half(b, loc, op.getX(), odd)));
  }
  op.getResult().replaceAllUsesWith(result);
  op.erase();
}

struct LowerDot2 : PassWrapper<LowerDot2, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(LowerDot2)
  LowerDot2() = default;
  LowerDot2(const LowerDot2 &other) : PassWrapper(other) {}
  explicit LowerDot2(bool hasInstruction) { instruction = hasInstruction; }

  StringRef getArgument() const override { return "x86-lower-dot2"; }
  StringRef getDescription() const override {
    return "Lower exec.dot2 to vdpbf16ps, or to f32 arithmetic";
  }
  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect, arith::ArithDialect,
                    vector::VectorDialect>();
  }
  void runOnOperation() override {
    getOperation().walk([&](exec::Dot2Op op) { lower(op, instruction); });
  }

  Option<bool> instruction{*this, "instruction",
                           llvm::cl::desc("The CPU has AVX512-BF16 and VL"),
                           llvm::cl::init(false)};
};

} // namespace

std::unique_ptr<Pass> lfm2c::createLowerDot2Pass(bool hasInstruction) {
  return std::make_unique<LowerDot2>(hasInstruction);
}

void lfm2c::registerLowerDot2Pass() {
  registerPass([] { return createLowerDot2Pass(); });
}
