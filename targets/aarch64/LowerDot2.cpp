// dot2 in the instruction of one AArch64 CPU: FEAT_BF16 has bfdot.

#include "mlir/IR/BuiltinOps.h"
#include "targets/Dot2.h"
#include "targets/Intrinsics.h"
#include "targets/aarch64/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_AARCH64LOWERDOT2PASS
#include "targets/aarch64/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

struct LowerDot2 final : lfm2c::impl::AArch64LowerDot2PassBase<LowerDot2> {
  using AArch64LowerDot2PassBase::AArch64LowerDot2PassBase;

  void runOnOperation() override {
    auto make = [](OpBuilder &b, Location loc, Value acc, Value w, Value x) {
      return callIntrinsic(b, loc, "llvm.aarch64.neon.bfdot.v4f32.v8bf16",
                           acc.getType(), {acc, w, x});
    };
    constexpr int64_t lanes[] = {4};
    Dot2Instruction has{lanes, make};
    lowerDot2(getOperation(), instruction ? &has : nullptr);
  }
};

} // namespace
