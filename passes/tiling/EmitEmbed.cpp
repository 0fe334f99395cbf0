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

/// Whether both turn the heads of a token by the same angles.
static bool sameAngles(lfm2::HeadNormRopeOp a, lfm2::HeadNormRopeOp b) {
  return a.getHeadSize() == b.getHeadSize() && a.getTheta() == b.getTheta() &&
         a.getScalingAttr() == b.getScalingAttr();
}

void StepBuilder::addRope(lfm2::HeadNormRopeOp op) {
  if (llvm::none_of(ropes, [&](auto other) { return sameAngles(op, other); }))
    ropes.push_back(op);
}

std::string StepBuilder::ropeName(lfm2::HeadNormRopeOp op) {
  for (auto [i, rope] : llvm::enumerate(ropes))
    if (sameAngles(op, rope))
      return "rope" + std::to_string(i);
  llvm_unreachable("a RoPE that the model has");
}

/// The frequency of each pair. Rounded to f32, as transformers does.
static SmallVector<float> frequenciesOf(lfm2::HeadNormRopeOp op) {
  const int64_t size = op.getHeadSize();
  const float theta = op.getTheta().convertToDouble();
  SmallVector<float> frequencies;
  for (int64_t i = 0; i < size / 2; ++i)
    frequencies.push_back(1.0f /
                          std::pow(theta, static_cast<float>(2 * i) / size));
  if (lfm2::RopeScalingAttr scaling = op.getScalingAttr())
    for (auto [frequency, scale] :
         llvm::zip_equal(frequencies, scaling.getScales().asArrayRef()))
      frequency = static_cast<float>(frequency * scale);
  return frequencies;
}

// cos and sin of position * frequency of each pair, for each token: [cos |
// sin]. Angles are rounded to f32, as transformers does.
void StepBuilder::emitRopeTables(Emitter &e) {
  Value scratch = e.pointer("scratch"), position = e.field("position");
  for (lfm2::HeadNormRopeOp rope : ropes) {
    int64_t half = rope.getHeadSize() / 2;
    SmallVector<float> frequencies = frequenciesOf(rope);
    BufferRef table = buffer(ropeName(rope), rope.getHeadSize() * 4);
    lfm2::RopeScalingAttr scaling = rope.getScalingAttr();
    const double magnitude =
        scaling ? scaling.getMagnitude().convertToDouble() : 1;
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
        if (magnitude != 1) {
          Value factor = e.constant(sine.getType(), magnitude);
          sine = e.fmul(sine, factor);
          cosine = e.fmul(cosine, factor);
        }
        e.store(cosine, scratch, e.add(row, first * 4));
        e.store(sine, scratch, e.add(row, (half + first) * 4));
      }
    });
  }
}
