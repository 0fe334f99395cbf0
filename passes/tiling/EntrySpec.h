// One size of step.
//
// A program has an entry for each size of step: one token, a few that are
// verified, a chunk of a prompt.

#ifndef LFM2C_PASSES_TILING_ENTRYSPEC_H
#define LFM2C_PASSES_TILING_ENTRYSPEC_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/tiling/Activation.h"
#include <string>

namespace lfm2c {

struct EntrySpec {
  std::string name;
  int64_t tokens; ///< At most, of one step.
  ActivationForm activations;
  bool attendsInPairs; ///< Several tokens attend to caches by dot2, unless of
                       ///< f32.
  /// The step lists its runs (Runs.h) and the tokens that leave logits.
  bool hasRuns = false;
  bool isSingle() const { return tokens == 1 && !hasRuns; }
};

/// What exec-cut-phases sets on the function of an entry: its name, its tokens,
/// and whether its steps list their runs.
inline constexpr llvm::StringLiteral entryAttr = "exec.entry",
                                     tokensAttr = "exec.tokens",
                                     runsAttr = "exec.runs";

struct CutEntry {
  EntrySpec spec;
  mlir::func::FuncOp forward; ///< Of phases, as exec-cut-phases leaves it.
};
/// Those of the module, in order; none before exec-cut-phases.
llvm::SmallVector<CutEntry> collectEntries(mlir::ModuleOp module,
                                           const exec::TargetFacts &facts,
                                           ActivationForm activations);

/// Symbol of a layer for the entry of this name.
inline std::string instanceName(llvm::StringRef layer, llvm::StringRef entry) {
  return (layer + "_" + entry).str();
}

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_ENTRYSPEC_H
