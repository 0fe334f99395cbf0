// Rows of a step, copied to where the caller finds them.
//
// Threads share the rows. It is for calibration, which reads one sequence at a
// time: rows of the step go to the state of its first run.

#include "passes/tiling/PhaseEmitters.h"
#include "passes/tiling/PreparedInput.h"

using namespace mlir;
using namespace lfm2c;

static void keepRows(PhaseContext &context, exec::KeepOp op) {
  Emitter &e = context.getEmitter();
  auto type = cast<RankedTensorType>(op.getX().getType());
  const int64_t columns = type.getShape().back(), lanes = e.facts.lanes,
                whole = columns / lanes * lanes,
                rowBytes = op.getState().getType().getDimSize(1) * 4;
  BufferRef source = context.getBuffers().lookup(op.getX());
  Value from = context.address(source), fromBase = context.base(source);
  Value to = context.getRuns()
                 .at(e.index(0))
                 .inState(context.getScope().state(op.getState()));
  Value state = e.pointer("state");
  auto copy = [&](Type element, Value at, Value row, Value bytes) {
    Value x = e.load(element, fromBase, e.add(at, bytes));
    if (type.getElementType().isInteger())
      x = e.toF32(x);
    e.store(x, state, e.add(row, bytes));
  };
  auto [lo, hi] = e.share(allRows(context, op.getX()).count,
                          op.getState().getType().getDimSize(0));
  e.loop(lo, hi, 1, [&](Value i) {
    Value at = e.add(from, e.mul(i, source.rowBytes));
    Value row = e.add(to, e.mul(i, rowBytes));
    e.loop(e.index(0), e.index(whole), lanes, [&](Value column) {
      copy(e.vec(lanes, type.getElementType()), at, row, e.mul(column, 4));
    });
    for (int64_t column = whole; column < columns; ++column)
      copy(type.getElementType(), at, row, e.index(column * 4));
  });
}

LogicalResult lfm2c::emitKeep(PhaseContext &context, exec::KeepOp) {
  for (auto op : context.getPhase().getBody().front().getOps<exec::KeepOp>()) {
    if (!context.getBuffers().contains(op.getX()))
      return op.emitError("keeps a value of type ")
             << op.getX().getType() << " that no phase leaves in memory";
    keepRows(context, op);
  }
  return success();
}
