#include "lib/Pipeline/Phases.h"

#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;

static constexpr PhaseInfo phases[] = {
    {Phase::Import, "import", "read the checkpoint into the lfm2 dialect"},
    {Phase::Quantize, "quantize", "choose the weight formats"},
    {Phase::Fuse, "fuse", "gather ops into phases between two barriers"},
    {Phase::Tile, "tile", "cut phases to the target's registers and vectors"},
    {Phase::Plan, "plan", "place state, scratch and weights"},
    {Phase::Codegen, "codegen", "lower to the target's last dialect"},
    {Phase::Object, "object", "make machine code"},
    {Phase::Link, "link", "pack the weights and join all with the runtime"},
};

llvm::ArrayRef<PhaseInfo> lfm2c::getPhases() { return phases; }

const PhaseInfo &lfm2c::getPhaseInfo(Phase phase) {
  return phases[static_cast<size_t>(phase)];
}

llvm::Expected<Phase> lfm2c::parsePhase(llvm::StringRef name) {
  std::vector<llvm::StringRef> names;
  for (const PhaseInfo &info : phases) {
    if (info.name == name)
      return info.phase;
    names.push_back(info.name);
  }
  return makeError("unknown phase {0}; expected one of {1}", quoted(name),
                   llvm::join(names, ", "));
}
