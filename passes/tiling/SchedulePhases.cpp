//===- SchedulePhases.cpp - streams, prefetch and tiles of each phase -----===//

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "passes/tiling/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_SCHEDULEPHASESPASS
#include "passes/tiling/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// Rows of the smallest weight that is contracted in the phase; 0 if none is.
int64_t contractedRows(exec::PhaseOp phase) {
  int64_t least = 0;
  auto add = [&](FlatSymbolRefAttr name) {
    auto weight =
        SymbolTable::lookupNearestSymbolFrom<lfm2::WeightOp>(phase, name);
    if (!weight)
      return;
    int64_t rows = cast<RankedTensorType>(weight.getType()).getDimSize(0);
    least = least ? std::min(least, rows) : rows;
  };
  for (Operation &op : phase.getBody().front()) {
    if (auto linear = dyn_cast<lfm2::LinearOp>(op))
      add(linear.getWeightAttr());
    if (auto head = dyn_cast<lfm2::HeadOp>(op))
      add(head.getWeightAttr());
  }
  return least;
}

bool routesExperts(exec::PhaseOp phase) {
  return llvm::any_of(phase.getBody().front(), [](Operation &op) {
    return isa<exec::ExpertGateUpOp, exec::ExpertDownOp>(op);
  });
}

struct SchedulePhases final
    : lfm2c::impl::SchedulePhasesPassBase<SchedulePhases> {
  void runOnOperation() override {
    exec::TargetFacts facts = exec::TargetFacts::get(getOperation());
    getOperation().walk([&](exec::PhaseOp phase) {
      if (phase.getSchedule())
        return;
      int64_t rows = contractedRows(phase), streams = 1;
      if (rows) {
        // Each stream holds a vector of floats and one of integers, as each
        // token of a tile does.
        int64_t most = std::min(facts.streams, facts.registers / 4);
        streams = std::max<int64_t>(1, std::min(most, rows / facts.lanes));
      }
      if (!rows && !routesExperts(phase))
        return;
      phase.setScheduleAttr(exec::ScheduleAttr::get(
          &getContext(), streams, facts.prefetchBytes, facts.tileTokens));
    });
  }
};

} // namespace
