//===- StateLayout.cpp - bytes of a conversation's state ------------------===//

#include "passes/tiling/StateLayout.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

StateLayout::StateLayout(func::FuncOp forward, int64_t lanes) {
  // Caches come in pairs, keys then values.
  bool haveKeys = false;
  for (BlockArgument arg : forward.getArguments()) {
    auto type = dyn_cast<RankedTensorType>(arg.getType());
    if (!type || type.getElementType().isInteger())
      continue;
    if (type.getRank() == 2) {
      int64_t width = llvm::alignTo(type.getDimSize(1), lanes);
      offsets[arg] = fixedBytes;
      fixedBytes += llvm::alignTo(type.getDimSize(0) * width * 4, 64);
      continue;
    }
    offsets[arg] = perTokenBytes;
    if (haveKeys)
      perTokenBytes += 2 * type.getDimSize(1) * type.getDimSize(2) *
                       type.getElementTypeBitWidth() / 8;
    haveKeys = !haveKeys;
  }
}

Value StateLayout::cacheBase(Emitter &e, Value prefix) const {
  return e.add(e.mul(prefix, e.field("context")), fixedBytes);
}

Value lfm2c::cacheOf(Value cache) {
  while (auto result = dyn_cast<OpResult>(cache)) {
    if (auto append = dyn_cast<exec::CacheAppendOp>(result.getOwner()))
      cache =
          result.getResultNumber() == 0 ? append.getKeys() : append.getValues();
    else if (auto phase = dyn_cast<exec::PhaseOp>(result.getOwner()))
      cache = cast<exec::YieldOp>(phase.getBody().front().getTerminator())
                  .getValues()[result.getResultNumber()];
    else
      break;
  }
  return cache;
}
