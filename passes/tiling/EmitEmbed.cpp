//===- EmitEmbed.cpp - the rows of the tokens -----------------------------===//
//
// The first phase of a step: what every layer reads of the tokens (their rows
// of the embedding) and of their positions (cos and sin of the angles).
//
//===----------------------------------------------------------------------===//

#include "passes/tiling/PhaseEmitters.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

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
  auto [lo, hi] = e.share(context.count());
  e.loop(lo, hi, 1, [&](Value t) {
    Value id = e.toIndex(e.load(e.i32(), tokens, e.mul(t, 4)));
    Value group = e.add(table, e.mul(e.div(id, lanes), spec.stepBytes()));
    emitDecodeRow(e, packed, spec.columns, weights, group, e.rem(id, lanes),
                  scratch, e.add(at, e.mul(t, x.rowBytes)));
  });
  context.getRopes().emit(context);
  return success();
}
