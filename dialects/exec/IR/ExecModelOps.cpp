// What the halves of the model's ops answer to the passes
// (dialects/lfm2/Interfaces/ModelOpInterface).

#include "dialects/exec/IR/Exec.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::exec;
using lfm2::Need;
using lfm2::WeightUse;

/// A thread has the rows of the tokens that it embedded.
Need RopeTableOp::getNeed(unsigned index) {
  return index == 0 ? Need::Rows : Need::Finished;
}

Need HeadNormRopeOp::getNeed(unsigned index) {
  return index == 0 ? Need::Rows : Need::Finished;
}

/// A thread puts the rows of keys and values that it finished into the cache.
Need CacheAppendOp::getNeed(unsigned index) {
  return index < 2 ? Need::Rows : Need::Finished;
}
StringRef CacheAppendOp::getPhaseName() { return "qkv"; }

StringRef KeepOp::getPhaseName() { return "keep"; }

StringRef AttendOp::getPhaseName() { return "attend"; }

bool AttendMergeOp::isMadeByEveryThread() { return true; }

Need ExpertGateUpOp::getNeed(unsigned) { return Need::Whole; }
SmallVector<WeightUse> ExpertGateUpOp::getWeightUses() {
  return {{getGateAttr(), /*isContracted=*/true},
          {getUpAttr(), /*isContracted=*/true}};
}
OpOperand *ExpertGateUpOp::getMultiplied() { return &getInputMutable(); }
int64_t ExpertGateUpOp::getExpertsUsed() {
  return getIds().getType().getDimSize(1);
}
StringRef ExpertGateUpOp::getPhaseName() { return "experts_up"; }

SmallVector<WeightUse> ExpertDownOp::getWeightUses() {
  return {{getDownAttr(), /*isContracted=*/true}};
}
OpOperand *ExpertDownOp::getMultiplied() { return &getInputMutable(); }
int64_t ExpertDownOp::getExpertsUsed() {
  return getIds().getType().getDimSize(1);
}
StringRef ExpertDownOp::getPhaseName() { return "experts_down"; }
