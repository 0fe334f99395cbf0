// The pass: a step of calls becomes data.

#include "dialects/exec/IR/Exec.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Matchers.h"
#include "test/targets/calls/PhaseFunctions.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Arguments of every function: the step and the thread.
constexpr unsigned numFixed = 2;

struct ListCalls final : PassWrapper<ListCalls, OperationPass<ModuleOp>> {
  MLIR_DEFINE_EXPLICIT_INTERNAL_INLINE_TYPE_ID(ListCalls)
  StringRef getArgument() const override { return "test-list-calls"; }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    Builder b(&getContext());
    for (auto func : module.getOps<func::FuncOp>())
      numOffsets = std::max(numOffsets, func.getNumArguments() - numFixed);
    SmallVector<Attribute> lists;
    auto entries = module->getAttrOfType<ArrayAttr>("exec.entries");
    for (auto entry : entries.getAsRange<exec::EntryAttr>()) {
      auto step = module.lookupSymbol<func::FuncOp>(entry.getSymbol());
      SmallVector<Attribute> list = {b.getStringAttr(entry.getSymbol())};
      for (auto call : step.getOps<func::CallOp>()) {
        Attribute words = listCall(call, b);
        if (!words)
          return signalPassFailure();
        list.push_back(words);
      }
      // The profile has a stretch for each phase.
      const size_t phases = entry.getOrder().size(), calls = list.size() - 1;
      if (calls != phases) {
        step.emitError("expected a call for each of ")
            << phases << " phases, found " << calls;
        return signalPassFailure();
      }
      lists.push_back(b.getArrayAttr(list));
      step.erase();
    }
    module->setAttr("calls.lists", b.getArrayAttr(lists));
    for (auto func : module.getOps<func::FuncOp>())
      while (func.getNumArguments() < numFixed + numOffsets)
        if (failed(func.insertArgument(func.getNumArguments(), b.getIndexType(),
                                       {}, func.getLoc())))
          return signalPassFailure();
  }

private:
  /// [function, offset, ...]; nothing where these are not known.
  Attribute listCall(func::CallOp call, Builder &b) {
    SmallVector<Attribute> words = {call.getCalleeAttr()};
    for (Value v : call.getOperands().drop_front(numFixed)) {
      APInt offset;
      if (!matchPattern(v, m_ConstantInt(&offset))) {
        call.emitError("expected planned offsets");
        return {};
      }
      words.push_back(b.getI64IntegerAttr(offset.getSExtValue()));
    }
    words.resize(1 + numOffsets, b.getI64IntegerAttr(0));
    return b.getArrayAttr(words);
  }

  unsigned numOffsets = 0;
};

} // namespace

std::unique_ptr<Pass> lfm2c::createListCallsPass() {
  return std::make_unique<ListCalls>();
}
