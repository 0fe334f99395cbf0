// The product of activations with a weight matrix, whichever op makes it.

#include "passes/tiling/Product.h"

using namespace mlir;
using namespace lfm2c;

Product::Product(Operation *from)
    : op(dyn_cast_or_null<lfm2::ModelOpInterface>(from)) {
  if (op && !op.getProduct())
    op = nullptr;
}

Product Product::of(Value result) {
  Product made(result.getDefiningOp());
  return made && made.getResult() == result ? made : Product(nullptr);
}

Value Product::getInput() const {
  return lfm2::ModelOpInterface(op).getMultiplied()->get();
}

Value Product::getResult() const {
  return lfm2::ModelOpInterface(op).getProduct();
}

FlatSymbolRefAttr Product::getWeight() const {
  return lfm2::ModelOpInterface(op).getWeightUses().front().weight;
}

PackedSpec Product::packParts(int64_t parts, int64_t lanes) const {
  const int64_t rows = getRows() / parts;
  SmallVector<SegmentSpec, 3> segments;
  for (int64_t i = 0; i < parts; ++i)
    segments.push_back(segment(i * rows, rows, rows));
  return matrixSpec(op, segments, lanes);
}

SmallVector<Product> lfm2c::productsOf(exec::PhaseOp phase) {
  SmallVector<Product> found;
  for (Operation &op : phase.getBody().front())
    if (Product product(&op); product)
      found.push_back(product);
  return found;
}
