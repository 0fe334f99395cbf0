// The pass: what one invocation holds of each vector.
//
// A kernel is written for a thread, whose vectors are spread over the lanes of
// a workgroup: element i of a vector of so many lanes, or of a multiple, is
// held by lane i % lanes, and a vector of four times as many bytes is a word of
// each lane. All other vectors, and those within exec.by_invocation, are held
// whole by every invocation. Each value becomes the scalars that an invocation
// holds of it.

#include "dialects/exec/IR/Exec.h"
#include "dialects/exec/IR/TargetFacts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "passes/conversion/InvocationCode.h"
#include "passes/conversion/Passes.h"

namespace lfm2c {
#define GEN_PASS_DEF_LANESTOINVOCATIONSPASS
#include "passes/conversion/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

struct LanesToInvocations final
    : lfm2c::impl::LanesToInvocationsPassBase<LanesToInvocations> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    exec::TargetFacts facts = exec::TargetFacts::get(module);
    if (facts.slices == 0) {
      module.emitError("expected a target whose threads are workgroups: the "
                       "fact 'slices' is 0");
      return signalPassFailure();
    }
    setNear(module);
    for (auto func : module.getOps<func::FuncOp>())
      if (func->hasAttr(exec::kernelAttr) &&
          failed(InvocationCode(func, facts).convert()))
        return signalPassFailure();
  }

private:
  /// Tells each kernel the bytes of its entry's near memory.
  void setNear(ModuleOp module) {
    Builder b(&getContext());
    auto entries = module->getAttrOfType<ArrayAttr>("exec.entries");
    if (!entries)
      return;
    for (auto entry : entries.getAsRange<exec::EntryAttr>())
      if (auto list = module.lookupSymbol<func::FuncOp>(entry.getSymbol()))
        list.walk([&](exec::DispatchOp op) {
          module.lookupSymbol(op.getKernel())
              ->setAttr(exec::nearAttr, b.getI64IntegerAttr(entry.getNear()));
        });
  }
};

} // namespace
