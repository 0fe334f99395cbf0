// A step computes the angles of its tokens.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/PhaseEmitters.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

/// The frequency of each pair. Rounded to f32, as transformers does.
static SmallVector<float> frequenciesOf(exec::RopeTableOp op) {
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

// cos and sin of position * frequency of each pair, for each token. Angles are
// rounded to f32, as transformers does. Threads share the tokens.
LogicalResult lfm2c::emitRopeTable(PhaseContext &context,
                                   exec::RopeTableOp op) {
  Emitter &e = context.getEmitter();
  Value scratch = e.pointer("scratch");
  int64_t half = op.getHeadSize() / 2;
  SmallVector<float> frequencies = frequenciesOf(op);
  BufferRef table = context.ownBuffer("rope", op.getHeadSize() * 4);
  context.bindResult(op.getTable(), table);
  lfm2::RopeScalingAttr scaling = op.getScalingAttr();
  const double magnitude =
      scaling ? scaling.getMagnitude().convertToDouble() : 1;
  // In pieces of powers of two: not every back end has selections between f64
  // in vectors of other sizes.
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
  Value at = context.address(table);
  auto [lo, hi] = e.share(context.count(), context.getEntry().tokens);
  context.getRuns().forTokens(lo, hi, [&](const Run &run, Value t) {
    Value p = e.toF32(e.toI32(run.positionOf(t)));
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
  return success();
}
