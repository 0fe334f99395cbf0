// Choose what caches hold.
//
// A cache is an argument, goes through one attention, and is a result: the
// types of these are all there is to change.

#include "dialects/lfm2/IR/Caches.h"
#include "dialects/lfm2/IR/LFM2Ops.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/quant/Passes.h"
#include "llvm/ADT/StringExtras.h"

namespace lfm2c {
#define GEN_PASS_DEF_CHOOSECACHESPASS
#include "passes/quant/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

struct ChooseCaches final : lfm2c::impl::ChooseCachesPassBase<ChooseCaches> {
  using ChooseCachesPassBase::ChooseCachesPassBase;

  void runOnOperation() override {
    Type element = lfm2::getCacheElement(&getContext(), format);
    if (!element) {
      getOperation().emitError("cannot make caches of '")
          << format << "'; expected one of "
          << llvm::join(lfm2::getCacheWords(), ", ");
      return signalPassFailure();
    }
    for (auto function : getOperation().getOps<func::FuncOp>())
      if (!function.isExternal() && failed(change(function, element)))
        return signalPassFailure();
  }

private:
  LogicalResult change(func::FuncOp function, Type element) {
    WalkResult walked = function.walk([&](lfm2::AttentionOp op) {
      RankedTensorType type = op.getKeys().getType();
      if (lfm2::getCacheBlock(element, op.getHeadSize()) < 0) {
        op.emitError("has heads of ")
            << op.getHeadSize() << " channels, and caches of " << format
            << " need a multiple of 4; choose f16 or f32";
        return WalkResult::interrupt();
      }
      Type changed = RankedTensorType::get(type.getShape(), element);
      for (Value cache : {Value(op.getKeys()), Value(op.getValues()),
                          Value(op.getNextKeys()), Value(op.getNextValues())}) {
        for (Operation *user : cache.getUsers())
          if (user != op && !isa<func::ReturnOp>(user)) {
            user->emitError("reads a cache; expected 'lfm2.attention' alone "
                            "to do so");
            return WalkResult::interrupt();
          }
        cache.setType(changed);
      }
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      return failure();
    Operation *end = function.getBody().back().getTerminator();
    function.setType(FunctionType::get(&getContext(),
                                       function.getBody().getArgumentTypes(),
                                       end->getOperandTypes()));
    return success();
  }
};

} // namespace
