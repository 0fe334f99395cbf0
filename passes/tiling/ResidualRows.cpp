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
                                               lfm2::LinearOp linear,
                                               arith::AddFOp op) {
  Value x = op.getLhs() == linear.getOutput() ? op.getRhs() : op.getLhs();
  if (failed(context.checkResidual(x, context.sourceOf(linear.getX()))))
    return failure();
  FlatSymbolRefAttr weight = linear.getWeightAttr();
  int64_t n = weightDim(linear, weight, 0);
  BufferRef out = context.getBuffers().lookup(x);
  context.bindResult(op.getResult(), out);
  return Contraction{matrixSpec(linear, segmentOf(linear, weight, 0, n, n),
                                context.getEmitter().facts.lanes),
                     std::make_unique<ResidualRows>(context, bases, out)};
}
