//===- EmitNear.cpp - row groups, staged in near memory -------------------===//
//
// Two slots a thread: while the products of one row group are made, the next
// one is brought. The engine that copies has a group's time for it, and the
// core never reads weights from afar.
//
//===----------------------------------------------------------------------===//

#include "lfm2rt/abi.h"
#include "passes/tiling/StepBuilder.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

constexpr int64_t numSlots = 2;

int64_t StepBuilder::nearSlot(const PackedSpec &spec) const {
  int64_t bytes = llvm::alignTo(spec.stepBytes(), LFM2_NEAR_ALIGN);
  return numSlots * bytes <= facts.nearBytes / facts.nearThreads ? bytes : 0;
}

Value StepBuilder::nearAddress(Emitter &e, int64_t bytes) {
  exec::BufferOp op = declareBuffer("near", bytes);
  op.setNear(true);
  phaseNear = std::max(phaseNear, bytes);
  Value at =
      exec::AddressOp::create(e.b, e.loc, e.b.getIndexType(), op.getSymName());
  return e.add(at, e.mul(e.toIndex(e.thread), e.field("near_bytes")));
}

void StepBuilder::forStaged(Emitter &e, const PackedSpec &spec, Value start,
                            Value lo, Value hi,
                            llvm::function_ref<void(Value, Value)> body) {
  int64_t slot = nearSlot(spec);
  Value weights = e.pointer("weights"), near = e.pointer("near");
  Value slots = nearAddress(e, numSlots * slot);
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
