#include "passes/tiling/EntrySpec.h"

#include "dialects/exec/IR/TargetFacts.h"
#include "dialects/lfm2/IR/LFM2Ops.h"

using namespace mlir;
using namespace lfm2c;

/// Whether activations are rounded to int8 or bf16 before they meet some
/// matrix: attention then may round to bf16, too, which adds little. Other
/// weights of floats promise more.
static bool roundsActivations(ModuleOp module, ActivationForm activations) {
  return module
      .walk([&](lfm2::WeightOp weight) {
        auto type = cast<RankedTensorType>(weight.getType());
        bool rounds = getFormatInfo(weight.getFormat()).isQuantized() ||
                      (activations.roundBF16 && type.getRank() > 1 &&
                       type.getElementType().isBF16());
        return rounds ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

SmallVector<CutEntry> lfm2c::collectEntries(ModuleOp module,
                                            const exec::TargetFacts &facts,
                                            ActivationForm activations) {
  const bool attendsInPairs =
      facts.bf16dot && roundsActivations(module, activations);
  SmallVector<CutEntry> entries;
  for (auto func : module.getOps<func::FuncOp>())
    if (auto name = func->getAttrOfType<StringAttr>(entryAttr))
      entries.push_back(
          {{name.str(), func->getAttrOfType<IntegerAttr>(tokensAttr).getInt(),
            activations, attendsInPairs, func->hasAttr(runsAttr)},
           func});
  return entries;
}
