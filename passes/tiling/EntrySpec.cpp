#include "passes/tiling/EntrySpec.h"

#include "dialects/exec/IR/TargetFacts.h"
#include "dialects/lfm2/IR/LFM2Ops.h"

using namespace mlir;
using namespace lfm2c;

/// Whether activations are rounded to int8 somewhere: attention then may round
/// to bf16, which is little beside that. Beside activations rounded to bf16 it
/// would be felt.
static bool isQuantized(ModuleOp module) {
  return module
      .walk([](lfm2::WeightOp weight) {
        // FP8 is multiplied as floats are.
        return getFormatInfo(weight.getFormat()).isQuantized()
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

SmallVector<CutEntry> lfm2c::collectEntries(ModuleOp module,
                                            const exec::TargetFacts &facts,
                                            ActivationForm activations) {
  const bool attendsInPairs = facts.bf16dot && isQuantized(module);
  SmallVector<CutEntry> entries;
  for (auto func : module.getOps<func::FuncOp>())
    if (auto name = func->getAttrOfType<StringAttr>(entryAttr))
      entries.push_back(
          {{name.str(), func->getAttrOfType<IntegerAttr>(tokensAttr).getInt(),
            activations, attendsInPairs, func->hasAttr(runsAttr)},
           func});
  return entries;
}
