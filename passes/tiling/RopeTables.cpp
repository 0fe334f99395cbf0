//===- RopeTables.cpp - cos and sin of each token's angles ----------------===//

#include "passes/tiling/RopeTables.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/PhaseContext.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

/// Whether both turn the heads of a token by the same angles.
static bool sameAngles(lfm2::HeadNormRopeOp a, lfm2::HeadNormRopeOp b) {
  return a.getHeadSize() == b.getHeadSize() && a.getTheta() == b.getTheta() &&
         a.getScalingAttr() == b.getScalingAttr();
}

RopeTables::RopeTables(ModuleOp module) {
  module.walk([&](lfm2::HeadNormRopeOp op) {
    if (llvm::none_of(kinds, [&](auto other) { return sameAngles(op, other); }))
      kinds.push_back(op);
  });
}

static std::string roleOfKind(size_t kind) {
  return "rope" + std::to_string(kind);
}

std::string RopeTables::roleOf(lfm2::HeadNormRopeOp op) const {
  for (auto [i, kind] : llvm::enumerate(kinds))
    if (sameAngles(op, kind))
      return roleOfKind(i);
  llvm_unreachable("a RoPE that the model has");
}

SmallVector<std::string> RopeTables::getRoles() const {
  SmallVector<std::string> roles;
  for (size_t i = 0; i < kinds.size(); ++i)
    roles.push_back(roleOfKind(i));
  return roles;
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

/// cos and sin of position * frequency of each pair, for each token. Angles are
/// rounded to f32, as transformers does.
static void emitTable(PhaseContext &context, lfm2::HeadNormRopeOp kind,
                      StringRef role) {
  Emitter &e = context.getEmitter();
  Value scratch = e.pointer("scratch"), position = e.field("position");
  int64_t half = kind.getHeadSize() / 2;
  SmallVector<float> frequencies = frequenciesOf(kind);
  BufferRef table = context.buffer(role, kind.getHeadSize() * 4);
  lfm2::RopeScalingAttr scaling = kind.getScalingAttr();
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
  auto [lo, hi] = e.share(context.count());
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

void RopeTables::emit(PhaseContext &context) const {
  for (auto [i, kind] : llvm::enumerate(kinds))
    emitTable(context, kind, roleOfKind(i));
}
