//===- CutPhases.cpp - the pass: phases of each size of step --------------===//
//
// With one token every thread prepares the input of its products for itself;
// with more, threads share that work and meet once more. So phases differ from
// one size of step to the next, and each gets the model once for itself.
//
//===----------------------------------------------------------------------===//

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
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

/// Makes the phases of `block` those of a step of so many tokens.
void cutPhases(Block &block, int64_t tokens, const exec::TargetFacts &facts) {
  SmallVector<exec::ExpertGateUpOp> sorted;
  for (auto phase : llvm::to_vector(block.getOps<exec::PhaseOp>())) {
    prepareInputs(phase, facts);
    if (tokens == 1)
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
    if (sizes.empty())
      sizes = {1, 8, 128};
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
      makeEntry(forward, layers, tokens,
                entryName(tokens, tokens == sizes.back()));
    forward.erase();
    for (exec::LayerOp layer : layers)
      layer.erase();
  }

private:
  void makeEntry(func::FuncOp forward, ArrayRef<exec::LayerOp> layers,
                 int64_t tokens, StringRef name) {
    exec::TargetFacts facts = exec::TargetFacts::get(getOperation());
    OpBuilder b(forward);
    auto nameIn = [&](StringRef layer) { return instanceName(layer, name); };
    for (exec::LayerOp layer : layers) {
      auto made = cast<exec::LayerOp>(b.clone(*layer));
      made.setSymName(nameIn(layer.getSymName()));
      cutPhases(made.getBody().front(), tokens, facts);
    }
    auto step = cast<func::FuncOp>(b.clone(*forward));
    step.setSymName("step_" + std::to_string(tokens));
    step->setAttr(entryAttr, b.getStringAttr(name));
    step->setAttr(tokensAttr, b.getI64IntegerAttr(tokens));
    step.walk([&](exec::CallOp call) {
      call.setLayerAttr(
          FlatSymbolRefAttr::get(&getContext(), nameIn(call.getLayer())));
    });
    cutPhases(step.getBody().front(), tokens, facts);
  }
};

} // namespace
