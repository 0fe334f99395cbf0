// Row groups, staged in near memory.

#include "passes/tiling/NearMemory.h"
#include "lfm2rt/abi.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

constexpr int64_t numSlots = 2;

/// Bytes of one of two slots of near memory that hold a group of `spec` each;
/// 0: too many.
static int64_t slotBytes(const exec::TargetFacts &facts,
                         const PackedSpec &spec) {
  int64_t bytes = llvm::alignTo(spec.stepBytes(), LFM2_NEAR_ALIGN);
  return numSlots * bytes <= facts.nearBytes / facts.nearThreads ? bytes : 0;
}

bool lfm2c::isStaged(const exec::TargetFacts &facts, const PackedSpec &spec) {
  return slotBytes(facts, spec) > 0;
}

void lfm2c::forStaged(PhaseContext &context, const PackedSpec &spec,
                      Value start, Value lo, Value hi,
                      llvm::function_ref<void(Value, Value)> body) {
  Emitter &e = context.getEmitter();
  int64_t slot = slotBytes(e.facts, spec);
  Value weights = e.pointer("weights"), near = e.pointer("near");
  Value slots = context.nearAddress(numSlots * slot);
  auto slotOf = [&](Value group) {
    return e.add(slots, e.mul(e.rem(e.sub(group, lo), numSlots), slot));
  };
  auto stage = [&](Value group) {
    exec::StageStartOp::create(e.b, e.loc, near, slotOf(group), weights,
                               e.add(start, e.mul(group, spec.stepBytes())),
                               spec.stepBytes());
  };
  e.ifThen(e.less(lo, hi), [&] { stage(lo); });
  e.loop(lo, hi, 1, [&](Value group) {
    exec::StageWaitOp::create(e.b, e.loc);
    Value next = e.add(group, 1);
    e.ifThen(e.less(next, hi), [&] { stage(next); });
    body(group, slotOf(group));
  });
}
