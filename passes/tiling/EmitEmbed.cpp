//===- EmitEmbed.cpp - the rows of the tokens, and RoPE's tables ----------===//
//
// The first phase of a step: what every layer reads of the tokens (their rows
// of the embedding) and of their positions (cos and sin of the angles).
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/StepBuilder.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

LogicalResult StepBuilder::emitEmbed(Emitter &e, FunctionScope &scope,
                                     exec::PhaseOp phase, lfm2::EmbedOp op) {
  lfm2::WeightOp weight = lookupWeight(op, op.getWeightAttr());
  auto type = cast<RankedTensorType>(weight.getType());
  int64_t rows = type.getDimSize(0), columns = type.getDimSize(1);
  PackedSpec spec{{{op.getWeightAttr(), weight.getFormat(), 0, rows, rows}},
                  columns,
                  facts.lanes,
                  1};
  PackedLayout packed(spec.segments[0].format, facts.lanes);
  BufferRef x = buffer("x", llvm::alignTo(columns, facts.lanes) * 4);
  buffers[phase.getResult(0)] = x;

  Value table = scope.weight(spec);
  Value weights = e.pointer("weights"), scratch = e.pointer("scratch");
  Value tokens = e.pointer("tokens"), at = bufferAddress(e, x);
  auto [lo, hi] = e.share(count(e));
  e.loop(lo, hi, 1, [&](Value t) {
    Value id = e.toIndex(e.load(e.i32(), tokens, e.mul(t, 4)));
    Value group = e.add(table, e.mul(e.div(id, facts.lanes), spec.stepBytes()));
    emitDecodeRow(e, packed, columns, weights, group, e.rem(id, facts.lanes),
                  scratch, e.add(at, e.mul(t, x.rowBytes)));
  });
  emitRopeTables(e);
  return success();
}

std::string StepBuilder::ropeName(int64_t headSize, double theta) {
  for (auto [i, rope] : llvm::enumerate(ropes))
    if (rope.headSize == headSize && rope.theta == theta)
      return "rope" + std::to_string(i);
  llvm_unreachable("a RoPE that the model has");
}

// cos and sin of position * theta^(-2i/D), i < D/2, for each token: [cos |
// sin]. Frequencies and angles are rounded to f32, as transformers does.
void StepBuilder::emitRopeTables(Emitter &e) {
  Value scratch = e.pointer("scratch"), position = e.field("position");
  for (const Rope &rope : ropes) {
    int64_t half = rope.headSize / 2;
    SmallVector<float> frequencies;
    for (int64_t i = 0; i < half; ++i)
      frequencies.push_back(
          1.0f / std::pow(static_cast<float>(rope.theta),
                          static_cast<float>(2 * i) / rope.headSize));
    BufferRef table =
        buffer(ropeName(rope.headSize, rope.theta), rope.headSize * 4);
    // In pieces of powers of two: not every back end has selections between
    // f64 in vectors of other sizes.
    SmallVector<std::pair<int64_t, Value>> pieces;
    for (int64_t first = 0, n; first < half; first += n) {
      n = llvm::bit_floor(static_cast<uint64_t>(half - first));
      pieces.push_back(
          {first, arith::ConstantOp::create(
                      e.b, e.loc,
                      DenseElementsAttr::get(
                          e.vec(n, e.f32()),
                          ArrayRef<float>(frequencies).slice(first, n)))});
    }
    Value at = bufferAddress(e, table);
    auto [lo, hi] = e.share(count(e));
    e.loop(lo, hi, 1, [&](Value t) {
      Value p = e.toF32(e.toI32(e.add(position, t)));
      Value row = e.add(at, e.mul(t, table.rowBytes));
      for (auto [first, frequency] : pieces) {
        auto [sine, cosine] = e.sinCos(e.fmul(frequency, p));
        e.store(cosine, scratch, e.add(row, first * 4));
        e.store(sine, scratch, e.add(row, (half + first) * 4));
      }
    });
  }
}
