// Streams, prefetch and tiles of each phase.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "passes/Remarks.h"
#include "passes/tiling/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_SCHEDULEPHASESPASS
#include "passes/tiling/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

/// The weights that are contracted in a phase.
struct Contracted {
  int64_t rows = 0; ///< Of the smallest; 0 if there is none.
  bool allQuantized = true;
};
Contracted findContracted(exec::PhaseOp phase) {
  Contracted found;
  for (auto op : phase.getBody().front().getOps<lfm2::ModelOpInterface>())
    for (const lfm2::WeightUse &use : op.getWeightUses()) {
      auto weight = use.isContracted
                        ? SymbolTable::lookupNearestSymbolFrom<lfm2::WeightOp>(
                              phase, use.weight)
                        : nullptr;
      if (!weight)
        continue;
      auto type = cast<RankedTensorType>(weight.getType());
      int64_t rows = type.getDimSize(type.getRank() - 2); // Of one expert, too.
      found.rows = found.rows ? std::min(found.rows, rows) : rows;
      found.allQuantized &= getFormatInfo(weight.getFormat()).isQuantized();
    }
  return found;
}

struct SchedulePhases final
    : lfm2c::impl::SchedulePhasesPassBase<SchedulePhases> {
  void runOnOperation() override {
    exec::TargetFacts facts = exec::TargetFacts::get(getOperation());
    getOperation().walk([&](exec::PhaseOp phase) {
      if (phase.getSchedule())
        return;
      const Contracted weights = findContracted(phase);
      const int64_t rows = weights.rows;
      if (!rows)
        return;
      // Each stream holds a vector of floats and one of integers, as each
      // token of a tile does.
      int64_t most = std::min(facts.streams, facts.sumsAtOnce());
      int64_t streams =
          std::max<int64_t>(1, std::min(most, rows / facts.lanes));
      int64_t tokens = facts.tileTokens;
      int64_t groups =
          std::max<int64_t>(1, std::min(facts.tileGroups, rows / facts.lanes));
      // Of floats there are no products of tiles: all sums are in registers.
      if (facts.dotTileTokens > 0 && !weights.allQuantized)
        tokens = std::min(tokens, facts.sumsAtOnce());
      phase.setScheduleAttr(exec::ScheduleAttr::get(&getContext(), streams,
                                                    facts.prefetchBytes, tokens,
                                                    groups, facts.tileAhead));
      auto remarkOn = [&](llvm::StringLiteral what, int64_t given,
                          int64_t wanted) {
        if (given < wanted)
          declined(phase.getLoc(), "exec-schedule-phases", what)
              << remark::reason("phase '{0}' has {1} {2} of {3}: its weights "
                                "have {4} rows or more, in groups of {5}; the "
                                "registers hold the sums of {6}",
                                phase.getName(), given, what, wanted, rows,
                                facts.lanes, facts.sumsAtOnce());
      };
      remarkOn("streams", streams, facts.streams);
      remarkOn("groups", groups, facts.tileGroups);
      remarkOn("tokens", tokens, facts.tileTokens);
    });
  }
};

} // namespace
