// Rows that are summed into the residual.

#include "passes/tiling/RowFollowUps.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class ResidualRows final : public StoredRows {
public:
  using StoredRows::StoredRows;

  void finish(Value t, Value row, ArrayRef<Value> values) override {
    Value address = rowAddress(t, row);
    Value old = e.load(e.lanesF32(), bases.scratch, address);
    e.store(e.fadd(old, values[0]), bases.scratch, address);
  }
};

} // namespace

FailureOr<Contraction> lfm2c::makeResidualRows(PhaseContext &context,
                                               const RowBases &bases,
                                               const Product &product,
                                               arith::AddFOp op) {
  Value x = op.getLhs() == product.getResult() ? op.getRhs() : op.getLhs();
  if (failed(context.checkResidual(x, context.sourceOf(product.getInput()))))
    return failure();
  BufferRef out = context.getBuffers().lookup(x);
  context.bindResult(op.getResult(), out);
  return Contraction{
      product.pack(product.getRows(), context.getEmitter().facts.lanes),
      std::make_unique<ResidualRows>(context, bases, out)};
}
