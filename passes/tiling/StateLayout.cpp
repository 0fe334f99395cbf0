// Bytes of a conversation's state.

#include "passes/tiling/StateLayout.h"
#include "dialects/lfm2/IR/Roles.h"
#include "passes/tiling/CacheForm.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;
using namespace lfm2c::lfm2;

StateLayout::StateLayout(func::FuncOp forward, int64_t lanes) {
  auto typeOf = [&](unsigned i) {
    return cast<RankedTensorType>(forward.getArgumentTypes()[i]);
  };
  for (Role role : {Role::conv_state, Role::kept})
    for (unsigned i : argumentsWithRole(forward, role)) {
      offsets[forward.getArgument(i)] = fixedBytes;
      int64_t width = llvm::alignTo(typeOf(i).getDimSize(1), lanes);
      fixedBytes += llvm::alignTo(typeOf(i).getDimSize(0) * width * 4, 64);
    }
  // Keys, then values, of one cache after the other.
  for (auto [keys, values] :
       llvm::zip_equal(argumentsWithRole(forward, Role::keys),
                       argumentsWithRole(forward, Role::values))) {
    for (unsigned i : {keys, values})
      offsets[forward.getArgument(i)] = perTokenBytes;
    RankedTensorType type = typeOf(keys);
    const int64_t bytes = CacheForm(type).headBytes();
    assert((headBytes == 0 || headBytes == bytes) && "heads are alike");
    headBytes = bytes;
    word = lfm2::getCacheWord(type.getElementType());
    perTokenBytes += 2 * type.getDimSize(1) * bytes;
  }
}

Value StateLayout::cacheBase(Emitter &e, const Run &run, Value prefix) const {
  return run.inState(e.add(e.mul(prefix, run.getContext()), fixedBytes));
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
