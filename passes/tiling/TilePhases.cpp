// The pass: all entries, then the tensors go.

#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "passes/tiling/Passes.h"
#include "passes/tiling/StepWriter.h"

namespace lfm2c {
#define GEN_PASS_DEF_TILEPHASESPASS
#include "passes/tiling/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

struct TilePhases final : lfm2c::impl::TilePhasesPassBase<TilePhases> {
  using TilePhasesPassBase::TilePhasesPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    exec::TargetFacts facts = exec::TargetFacts::get(module);
    SmallVector<CutEntry> entries =
        collectEntries(module, facts, {tokenScales, roundBF16});
    if (entries.empty()) {
      module.emitError("expected a function of phases for each size of step; "
                       "run exec-cut-phases first");
      return signalPassFailure();
    }
    Builder b(&getContext());
    SmallVector<Attribute> made;
    PackedWeights weights(module);
    int64_t stateFixed = 0, statePerToken = 0, stateHead = 0;
    StringRef stateForm;
    for (CutEntry &entry : entries) {
      StepWriter writer(entry.spec, facts, weights, entry.forward);
      if (failed(writer.write()))
        return signalPassFailure();
      stateFixed = writer.getStates().getFixedBytes();
      statePerToken = writer.getStates().getPerTokenBytes();
      stateHead = writer.getStates().getHeadBytes();
      stateForm = writer.getStates().getCacheWord();
      made.push_back(writer.getStretches().makeEntry(
          &getContext(), entry.spec.name, entry.spec.tokens,
          entry.forward.getSymName()));
    }
    module->setAttr("exec.entries", b.getArrayAttr(made));
    module->setAttr("exec.state_fixed", b.getI64IntegerAttr(stateFixed));
    module->setAttr("exec.state_per_token", b.getI64IntegerAttr(statePerToken));
    module->setAttr("exec.state_head", b.getI64IntegerAttr(stateHead));
    if (!stateForm.empty())
      module->setAttr("exec.state_form", b.getStringAttr(stateForm));
    // The model has become a program.
    for (CutEntry &entry : entries)
      entry.forward.erase();
    for (Operation &op : llvm::make_early_inc_range(*module.getBody()))
      if (isa<exec::LayerOp, lfm2::WeightOp>(op))
        op.erase();
  }
};

} // namespace
