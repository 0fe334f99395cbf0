// One row for each text of the step.
//
// Threads share the texts, so that the sums of one are made by one thread, in
// the order of its tokens.

#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class PoolEmitter {
public:
  PoolEmitter(PhaseContext &context, lfm2::PoolOp op)
      : context(context), e(context.getEmitter()), kind(op.getKind()),
        columns(op.getX().getType().getDimSize(1)),
        source(context.getBuffers().lookup(op.getX())),
        from(context.address(source)), scratch(e.pointer("scratch")) {}

  int64_t getColumns() const { return columns; }

  /// The row of text i at `at + i * rowBytes`.
  void emit(Value to, Value at, int64_t rowBytes) {
    const int64_t lanes = e.facts.lanes, whole = columns / lanes * lanes;
    Runs runs = context.getRuns();
    auto [lo, hi] = e.share(runs.getNumber(), context.getEntry().tokens);
    e.loop(lo, hi, 1, [&](Value i) {
      Run run = runs.at(i);
      Value row = e.add(at, e.mul(i, rowBytes));
      auto pool = [&](Type type, Value column) {
        Value bytes = e.mul(column, 4);
        e.store(pooled(run, type, bytes), to, e.add(row, bytes));
      };
      e.spread(e.index(0), e.index(whole), lanes,
               [&](Value column) { pool(e.lanesF32(), column); });
      for (int64_t column = whole; column < columns; ++column)
        pool(e.f32(), e.index(column));
    });
  }

private:
  /// One or more columns of a text, `bytes` behind the beginning of its rows.
  Value pooled(const Run &run, Type type, Value bytes) {
    Value first = run.getFirst(), count = run.getCount();
    auto rowAt = [&](Value t) {
      return e.load(type, scratch,
                    e.add(e.add(from, e.mul(t, source.rowBytes)), bytes));
    };
    Value end = e.add(first, count);
    if (kind == lfm2::PoolKind::cls)
      return rowAt(first);
    if (kind == lfm2::PoolKind::last)
      return rowAt(e.sub(end, e.index(1)));
    Value sum = e.reduce(first, end, 1, {e.constant(type, 0)},
                         [&](Value t, ValueRange in) {
                           return SmallVector<Value>{e.fadd(in[0], rowAt(t))};
                         })[0];
    Value inverse = e.fdiv(e.constant(e.f32(), 1), e.toF32(e.toI32(count)));
    return e.fmul(sum, inverse);
  }

  PhaseContext &context;
  Emitter &e;
  const lfm2::PoolKind kind;
  const int64_t columns;
  const BufferRef source;
  const Value from, scratch;
};

} // namespace

LogicalResult lfm2c::emitPool(PhaseContext &context, lfm2::PoolOp op) {
  Emitter &e = context.getEmitter();
  PoolEmitter pool(context, op);
  if (context.isVectors(op.getOutput())) {
    Value vectors = e.pointer("vectors");
    e.ifThen(e.given(vectors),
             [&] { pool.emit(vectors, e.index(0), pool.getColumns() * 4); });
    return success();
  }
  BufferRef out = context.ownBuffer(
      "pooled", llvm::alignTo(pool.getColumns(), e.facts.lanes) * 4);
  context.bindResult(op.getOutput(), out);
  pool.emit(e.pointer("scratch"), context.address(out), out.rowBytes);
  return success();
}
