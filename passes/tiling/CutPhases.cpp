// The pass: phases of each size of step.
//
// With one token every thread prepares the input of its products for itself;
// with more, threads share that work and meet once more. So phases differ from
// one size of step to the next, and each gets the model once for itself.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "dialects/lfm2/IR/Roles.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "passes/tiling/EntrySpec.h"
#include "passes/tiling/Passes.h"
#include "passes/tiling/PhaseParts.h"

namespace lfm2c {
#define GEN_PASS_DEF_CUTPHASESPASS
#include "passes/tiling/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

std::string entryName(int64_t tokens, bool isLast) {
  if (tokens == 1)
    return "decode";
  return isLast ? "prefill" : "verify" + std::to_string(tokens);
}

/// An op of a model that takes texts whole, several of them in a step; null if
/// there is none.
Operation *findOpOfTexts(ModuleOp module) {
  Operation *found = nullptr;
  module.walk([&](Operation *op) {
    auto attend = dyn_cast<exec::AttendOp>(op);
    if (!isa<lfm2::CentredConvOp, lfm2::PoolOp>(op) &&
        !(attend && !attend.getCausal()))
      return WalkResult::advance();
    found = op;
    return WalkResult::interrupt();
  });
  return found;
}

/// Takes what only keeps rows out of `block`.
void dropKept(Block &block) {
  for (auto phase : llvm::to_vector(block.getOps<exec::PhaseOp>())) {
    auto keeps = phase.getBody().front().getOps<exec::KeepOp>();
    if (keeps.empty())
      continue;
    for (auto [keep, result] : llvm::zip_equal(keeps, phase.getResults()))
      result.replaceAllUsesWith(keep.getState());
    phase.erase();
  }
}

/// Makes the phases of `block` those of a step of one token, or of several.
void cutPhases(Block &block, bool isSingle, const exec::TargetFacts &facts) {
  if (isSingle)
    dropKept(block);
  SmallVector<exec::ExpertGateUpOp> sorted;
  for (auto phase : llvm::to_vector(block.getOps<exec::PhaseOp>())) {
    prepareInputs(phase, facts);
    if (isSingle)
      continue;
    sortExperts(phase, sorted);
    cutPhase(phase);
  }
}

struct CutPhases final : lfm2c::impl::CutPhasesPassBase<CutPhases> {
  using CutPhasesPassBase::CutPhasesPassBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto forward = module.lookupSymbol<func::FuncOp>("forward");
    if (!forward) {
      module.emitError("expected the model as '@forward'; run "
                       "lfm2-fuse-phases and lfm2-outline-layers first");
      return signalPassFailure();
    }
    if (std::string why = lfm2::whyNoModel(forward); !why.empty()) {
      forward.emitError("'@forward' ") << why;
      return signalPassFailure();
    }
    SmallVector<int64_t> sizes(entries.begin(), entries.end());
    const bool takesTexts = findOpOfTexts(module);
    if (takesTexts && failed(checkTexts(forward, sizes)))
      return signalPassFailure();
    if (sizes.empty())
      sizes = takesTexts ? SmallVector<int64_t>{128}
                         : SmallVector<int64_t>{1, 8, 128};
    for (auto [i, tokens] : llvm::enumerate(sizes))
      if (tokens <= (i ? sizes[i - 1] : 0)) {
        module.emitError(
            "expected positive, rising sizes of step in 'entries', "
            "but found ")
            << tokens << (i ? " after " + std::to_string(sizes[i - 1]) : "");
        return signalPassFailure();
      }
    auto layers = llvm::to_vector(module.getOps<exec::LayerOp>());
    for (int64_t tokens : sizes)
      makeEntry(
          forward, layers,
          {takesTexts ? "encode" : entryName(tokens, tokens == sizes.back()),
           tokens, /*hasRuns=*/takesTexts || tokens > 1});
    forward.erase();
    for (exec::LayerOp layer : layers)
      layer.erase();
  }

private:
  /// A model of whole texts has one size of step, and carries nothing from one
  /// step to the next but keys and values within it.
  LogicalResult checkTexts(func::FuncOp forward, ArrayRef<int64_t> sizes) {
    Operation *op = findOpOfTexts(getOperation());
    if (sizes.size() > 1)
      return op->emitError("takes whole texts, for which there is one size of "
                           "step, but 'entries' has ")
             << sizes.size();
    if (lfm2::argumentWithRole(forward, lfm2::Role::conv_state))
      return op->emitError("takes whole texts, but the convolutions of this "
                           "model carry a state; expected lfm2.centred_conv");
    return success();
  }

  struct EntrySize {
    std::string name;
    int64_t tokens;
    bool hasRuns;
    bool isSingle() const { return tokens == 1 && !hasRuns; }
  };

  void makeEntry(func::FuncOp forward, ArrayRef<exec::LayerOp> layers,
                 const EntrySize &size) {
    StringRef name = size.name;
    exec::TargetFacts facts = exec::TargetFacts::get(getOperation());
    OpBuilder b(forward);
    auto nameIn = [&](StringRef layer) { return instanceName(layer, name); };
    for (exec::LayerOp layer : layers) {
      auto made = cast<exec::LayerOp>(b.clone(*layer));
      made.setSymName(nameIn(layer.getSymName()));
      cutPhases(made.getBody().front(), size.isSingle(), facts);
    }
    auto step = cast<func::FuncOp>(b.clone(*forward));
    step.setSymName("step_" + std::to_string(size.tokens));
    step->setAttr(entryAttr, b.getStringAttr(name));
    step->setAttr(tokensAttr, b.getI64IntegerAttr(size.tokens));
    if (size.hasRuns)
      step->setAttr(runsAttr, b.getUnitAttr());
    step.walk([&](exec::CallOp call) {
      call.setLayerAttr(
          FlatSymbolRefAttr::get(&getContext(), nameIn(call.getLayer())));
    });
    cutPhases(step.getBody().front(), size.isSingle(), facts);
  }
};

} // namespace
