// What each op of the model answers to the passes
// (Interfaces/ModelOpInterface). An answer that is missing here is the usual
// one.

#include "dialects/lfm2/IR/LFM2Ops.h"

using namespace mlir;
using namespace lfm2c::lfm2;

/// Of an op whose first operand is its input, which each thread reads whole;
/// nothing else of it is made within a phase.
static Need wholeInput(unsigned index) {
  return index == 0 ? Need::Whole : Need::Finished;
}
/// The same of an op that goes on with the rows of its input.
static Need rowsOfInput(unsigned index) {
  return index == 0 ? Need::Rows : Need::Finished;
}

//===----------------------------------------------------------------------===//
// Embedding and head
//===----------------------------------------------------------------------===//

SmallVector<WeightUse> EmbedOp::getWeightUses() {
  return {{getWeightAttr(), /*isContracted=*/false, /*isByTokenId=*/true}};
}
StringRef EmbedOp::getPhaseName() { return "embed"; }

Need HeadOp::getNeed(unsigned index) { return wholeInput(index); }
SmallVector<WeightUse> HeadOp::getWeightUses() {
  return {{getWeightAttr(), /*isContracted=*/true, /*isByTokenId=*/true}};
}
OpOperand *HeadOp::getMultiplied() { return &getXMutable(); }
StringRef HeadOp::getPhaseName() { return "head"; }

//===----------------------------------------------------------------------===//
// Norm and projection
//===----------------------------------------------------------------------===//

bool RMSNormOp::isMadeByEveryThread() { return true; }

Need LinearOp::getNeed(unsigned index) { return wholeInput(index); }
SmallVector<WeightUse> LinearOp::getWeightUses() {
  return {{getWeightAttr(), /*isContracted=*/true}};
}
OpOperand *LinearOp::getMultiplied() { return &getXMutable(); }
Value LinearOp::getProduct() { return getOutput(); }
StringRef LinearOp::getPhaseName() { return "linear"; }

//===----------------------------------------------------------------------===//
// Token mixers
//===----------------------------------------------------------------------===//

Need ShortConvOp::getNeed(unsigned index) { return rowsOfInput(index); }
StringRef ShortConvOp::getPhaseName() { return "conv"; }

Need CentredConvOp::getNeed(unsigned index) { return rowsOfInput(index); }
StringRef CentredConvOp::getPhaseName() { return "conv"; }

Need HeadNormRopeOp::getNeed(unsigned index) { return rowsOfInput(index); }

//===----------------------------------------------------------------------===//
// Feed-forward
//===----------------------------------------------------------------------===//

Need SwiGLUOp::getNeed(unsigned) { return Need::Rows; }
StringRef SwiGLUOp::getPhaseName() { return "gate_up"; }

Need RouteOp::getNeed(unsigned index) { return wholeInput(index); }
bool RouteOp::isMadeByEveryThread() { return true; }
OpOperand *RouteOp::getMultiplied() { return &getUMutable(); }

SmallVector<WeightUse> ExpertsOp::getWeightUses() {
  return {{getGateAttr(), /*isContracted=*/true},
          {getUpAttr(), /*isContracted=*/true},
          {getDownAttr(), /*isContracted=*/true}};
}
int64_t ExpertsOp::getExpertsUsed() {
  return getExperts().getType().getDimSize(1);
}

//===----------------------------------------------------------------------===//
// Vectors of texts
//===----------------------------------------------------------------------===//

StringRef PoolOp::getPhaseName() { return "pool"; }
