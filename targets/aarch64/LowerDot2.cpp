// dot2 in the instruction of one AArch64 CPU: FEAT_BF16 has bfdot.
#include "targets/aarch64/LowerDot2.h"
#include "targets/Dot2.h"
#include "targets/Intrinsics.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

using namespace mlir;
using namespace lfm2c;

namespace {

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
    auto make = [](OpBuilder &b, Location loc, Value acc, Value w, Value x) {
      return callIntrinsic(b, loc, "llvm.aarch64.neon.bfdot.v4f32.v8bf16",
                           acc.getType(), {acc, w, x});
    };
    constexpr int64_t lanes[] = {4};
    Dot2Instruction has{lanes, make};
    lowerDot2(getOperation(), instruction ? &has : nullptr);
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
