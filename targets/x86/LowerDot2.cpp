// dot2 in the instruction of one x86-64 CPU: AVX512-BF16 has vdpbf16ps.

#include "mlir/IR/BuiltinOps.h"
#include "targets/Dot2.h"
#include "targets/Intrinsics.h"
#include "targets/x86/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_X86LOWERDOT2PASS
#include "targets/x86/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

StringRef intrinsicOf(int64_t lanes) {
  return lanes == 4   ? "llvm.x86.avx512bf16.dpbf16ps.128"
         : lanes == 8 ? "llvm.x86.avx512bf16.dpbf16ps.256"
                      : "llvm.x86.avx512bf16.dpbf16ps.512";
}

struct LowerDot2 final : lfm2c::impl::X86LowerDot2PassBase<LowerDot2> {
  using X86LowerDot2PassBase::X86LowerDot2PassBase;

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
};

} // namespace
