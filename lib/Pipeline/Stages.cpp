#include "lib/Pipeline/Stages.h"

#include "lib/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;

static constexpr StageInfo stages[] = {
    {Stage::Import, "import", "read the checkpoint into the lfm2 dialect"},
    {Stage::Quantize, "quantize", "choose the weight formats"},
    {Stage::Fuse, "fuse", "gather ops into phases between two barriers"},
    {Stage::Tile, "tile", "cut phases to the target's registers and vectors"},
    {Stage::Plan, "plan", "place state, scratch and weights"},
    {Stage::Codegen, "codegen", "lower to the target's last dialect"},
    {Stage::Object, "object", "make machine code"},
    {Stage::Link, "link", "pack the weights and join all with the runtime"},
};

llvm::ArrayRef<StageInfo> lfm2c::getStages() { return stages; }

const StageInfo &lfm2c::getStageInfo(Stage stage) {
  return stages[static_cast<size_t>(stage)];
}

llvm::Expected<Stage> lfm2c::parseStage(llvm::StringRef name) {
  std::vector<llvm::StringRef> names;
  for (const StageInfo &info : stages) {
    if (info.name == name)
      return info.stage;
    names.push_back(info.name);
  }
  return makeError("unknown stage {0}; expected one of {1}", quoted(name),
                   llvm::join(names, ", "));
}
