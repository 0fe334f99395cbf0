// The rows of the tokens.
//
// The first phase of a step: what every layer reads of the tokens, their rows
// of the embedding and the angles of their positions.

#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

/// Copies `columns` f32 from `at` of `from` to `to` of scratch.
static void copyRow(Emitter &e, Value from, Value at, Value to,
                    int64_t columns) {
  Value scratch = e.pointer("scratch");
  int64_t lanes = e.facts.lanes, whole = columns / lanes * lanes;
  auto copy = [&](Type type, Value column) {
    Value bytes = e.mul(column, 4);
    e.store(e.load(type, from, e.add(at, bytes)), scratch, e.add(to, bytes));
  };
  e.spread(e.index(0), e.index(whole), lanes,
           [&](Value column) { copy(e.lanesF32(), column); });
  for (int64_t column = whole; column < columns; ++column)
    copy(e.f32(), e.index(column));
}

LogicalResult lfm2c::emitEmbed(PhaseContext &context, lfm2::EmbedOp op) {
  Emitter &e = context.getEmitter();
  int64_t lanes = e.facts.lanes;
  int64_t rows = weightDim(op, op.getWeightAttr(), 0);
  PackedSpec spec =
      matrixSpec(op, segmentOf(op, op.getWeightAttr(), 0, rows, rows), lanes);
  PackedLayout packed(spec.segments[0].format, lanes);
  BufferRef x = context.buffer("x", llvm::alignTo(spec.columns, lanes) * 4);
  context.bindResult(op.getOutput(), x);

  Value table = context.weight(spec);
  Value weights = e.pointer("weights"), scratch = e.pointer("scratch");
  Value tokens = e.pointer("tokens"), at = context.address(x);
  auto [lo, hi] = e.share(context.count(), context.getEntry().tokens);
  e.loop(lo, hi, 1, [&](Value t) {
    Value id = e.toIndex(e.load(e.i32(), tokens, e.mul(t, 4)));
    Value row = e.add(at, e.mul(t, x.rowBytes));
    auto decode = [&] {
      Value group = e.add(table, e.mul(e.div(id, lanes), spec.stepBytes()));
      emitDecodeRow(e, packed, spec.columns, weights, group, e.rem(id, lanes),
                    scratch, row);
    };
    if (!op.getEmbeddings())
      return decode();
    // As unsigned numbers, those below 0 are above all ids.
    Value isId = e.less(id, e.index(rows));
    Value isGiven = e.less(e.index(rows - 1), id);
    e.ifThen(isId, decode);
    e.ifThen(isGiven, [&] {
      Value given = e.mul(e.sub(e.index(-1), id), spec.columns * 4);
      copyRow(e, e.pointer("embeddings"), given, row, spec.columns);
    });
  });
  for (auto table :
       context.getPhase().getBody().front().getOps<exec::RopeTableOp>())
    if (failed(emitRopeTable(context, table)))
      return failure();
  return success();
}
