// dot2 in the instruction of one x86-64 CPU: AVX512-BF16 has vdpbf16ps.
#include "targets/x86/LowerDot2.h"
#include "targets/Dot2.h"
#include "targets/Intrinsics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace lfm2c;

namespace {

StringRef intrinsicOf(int64_t lanes) {
  return lanes == 4   ? "llvm.x86.avx512bf16.dpbf16ps.128"
         : lanes == 8 ? "llvm.x86.avx512bf16.dpbf16ps.256"
                      : "llvm.x86.avx512bf16.dpbf16ps.512";
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
    auto make = [](OpBuilder &b, Location loc, Value acc, Value w, Value x) {
      auto type = cast<VectorType>(acc.getType());
      return callIntrinsic(b, loc, intrinsicOf(type.getNumElements()), type,
                           {acc, w, x});
    };
    constexpr int64_t lanes[] = {16, 8, 4};
    Dot2Instruction has{lanes, make};
    lowerDot2(getOperation(), instruction ? &has : nullptr);
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
