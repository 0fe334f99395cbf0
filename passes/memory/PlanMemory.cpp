// Every byte of weights and scratch.

#include "dialects/exec/IR/Exec.h"
#include "lfm2rt/abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/memory/Passes.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MathExtras.h"

namespace lfm2c {
#define GEN_PASS_DEF_PLANMEMORYPASS
#include "passes/memory/Passes.h.inc"
} // namespace lfm2c

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr uint64_t lineBytes = 64;

/// Places buffers of one entry; gives the bytes of all.
int64_t placeBuffers(SmallVector<exec::BufferOp> buffers) {
  // The largest first; of one size, as they stand in the module.
  llvm::sort(buffers, [](exec::BufferOp a, exec::BufferOp b) {
    return a.getBytes() != b.getBytes() ? a.getBytes() > b.getBytes()
                                        : a->isBeforeInBlock(b);
  });
  int64_t total = 0;
  SmallVector<exec::BufferOp> placed;
  for (exec::BufferOp op : buffers) {
    // Those alive at the same time, by place.
    SmallVector<exec::BufferOp> rivals;
    for (exec::BufferOp other : placed)
      if (other.getFirst() <= op.getLast() && op.getFirst() <= other.getLast())
        rivals.push_back(other);
    llvm::sort(rivals, [](exec::BufferOp a, exec::BufferOp b) {
      return *a.getOffset() < *b.getOffset();
    });
    int64_t at = 0;
    for (exec::BufferOp rival : rivals) {
      int64_t begin = *rival.getOffset();
      if (at + static_cast<int64_t>(op.getBytes()) <= begin)
        break;
      at = std::max<int64_t>(at, begin + rival.getBytes());
    }
    op.setOffset(at);
    placed.push_back(op);
    total = std::max<int64_t>(total, at + op.getBytes());
  }
  return total;
}

struct PlanMemory final : lfm2c::impl::PlanMemoryPassBase<PlanMemory> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto entries = module->getAttrOfType<ArrayAttr>("exec.entries");
    if (!entries) {
      module.emitError("expected the entries of the program in 'exec.entries'; "
                       "run exec-tile-phases first");
      return signalPassFailure();
    }
    Builder b(&getContext());
    int64_t weights = 0;
    for (auto op : module.getOps<exec::WeightOp>()) {
      // At a line, or a vector that is longer.
      weights = llvm::alignTo(weights, std::max(lineBytes, 4 * op.getLanes()));
      op.setOffset(weights);
      weights = llvm::alignTo(weights + op.getBytes(), lineBytes);
    }
    module->setAttr("exec.weights_bytes", b.getI64IntegerAttr(weights));

    llvm::StringMap<SmallVector<exec::BufferOp>> byEntry, nearByEntry;
    for (auto op : module.getOps<exec::BufferOp>()) {
      if (llvm::none_of(entries.getAsRange<exec::EntryAttr>(),
                        [&](exec::EntryAttr entry) {
                          return entry.getName() == op.getEntry();
                        }))
        return refuse(op, entries);
      (op.getNear() ? nearByEntry : byEntry)[op.getEntry()].push_back(op);
      ++numBuffers;
    }
    SmallVector<Attribute> planned;
    for (auto entry : entries.getAsRange<exec::EntryAttr>()) {
      int64_t scratch = placeBuffers(byEntry[entry.getName()]);
      int64_t near = llvm::alignTo(placeBuffers(nearByEntry[entry.getName()]),
                                   LFM2_NEAR_ALIGN);
      planned.push_back(exec::EntryAttr::get(
          &getContext(), entry.getName(), entry.getTokens(), entry.getSymbol(),
          scratch, near, entry.getStretches(), entry.getOrder(),
          entry.getLayers()));
    }
    module->setAttr("exec.entries", b.getArrayAttr(planned));

    SymbolTableCollection symbols;
    WalkResult walked = module.walk([&](exec::AddressOp op) {
      Operation *target =
          symbols.lookupNearestSymbolFrom(op, op.getSymbolAttr());
      if (target->getParentOp() != module) {
        op.emitError("refers to '@")
            << op.getSymbol() << "' of an op within the module; only what "
            << "stands in the module itself is placed";
        return WalkResult::interrupt();
      }
      int64_t offset = isa<exec::WeightOp>(target)
                           ? *cast<exec::WeightOp>(target).getOffset()
                           : *cast<exec::BufferOp>(target).getOffset();
      OpBuilder at(op);
      op.replaceAllUsesWith(
          arith::ConstantIndexOp::create(at, op.getLoc(), offset).getResult());
      op.erase();
      return WalkResult::advance();
    });
    if (walked.wasInterrupted())
      signalPassFailure();
  }

private:
  /// Says that the buffer's entry is none of those in `exec.entries`.
  void refuse(exec::BufferOp op, ArrayAttr entries) {
    InFlightDiagnostic diag =
        op.emitError("'@") << op.getSymName() << "' is a buffer of the entry '"
                           << op.getEntry()
                           << "', which 'exec.entries' does not have; expected "
                              "one of ";
    llvm::interleaveComma(
        entries.getAsRange<exec::EntryAttr>(), diag,
        [&](exec::EntryAttr entry) { diag << "'" << entry.getName() << "'"; });
    signalPassFailure();
  }
};

} // namespace
