// The exec.weight ops of a module.

#include "passes/tiling/PackedWeights.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace lfm2c;

exec::WeightOp PackedWeights::declare(const PackedSpec &spec) {
  StringRef name = spec.segments[0].weight.getValue();
  SmallVector<Declared, 1> &same = byTensor[name];
  for (const Declared &other : same)
    if (other.spec == spec)
      return other.op;
  std::string symbol = ("packed." + name).str();
  for (size_t i = same.size() + 1; !same.empty(); ++i) {
    symbol = ("packed." + name + "." + Twine(i)).str();
    if (!module.lookupSymbol(symbol))
      break;
  }
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Attribute> segments;
  for (const SegmentSpec &s : spec.segments)
    segments.push_back(exec::SegmentAttr::get(
        b.getContext(), s.weight.getValue(), getFormatInfo(s.format).name,
        s.first, s.rows, s.unit));
  auto op = exec::WeightOp::create(
      b, b.getUnknownLoc(), symbol, b.getArrayAttr(segments), spec.columns,
      spec.lanes, spec.count, spec.bytes() * spec.count, spec.plain,
      IntegerAttr());
  same.push_back({spec, op});
  return op;
}
