// Rows made of the same rows of products.
//
// Ops whose element i is a function of element i of each operand. The operands
// become segments of one packed weight, so that a thread has them side by side.

#include "passes/tiling/RowFollowUps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Of lanes of each operand, lanes of the result.
using Function = Value (*)(Emitter &e, ArrayRef<Value> operands);

/// Null where the op is none of this kind.
Function functionOf(Operation *op) {
  if (isa<lfm2::SwiGLUOp>(op))
    return [](Emitter &e, ArrayRef<Value> v) {
      return e.fmul(e.silu(v[0]), v[1]);
    };
  return nullptr;
}

class ElementwiseRows final : public StoredRows {
public:
  ElementwiseRows(PhaseContext &context, const RowBases &bases,
                  const BufferRef &out, Function function)
      : StoredRows(context, bases, out), function(function) {}

  void finish(Value t, Value row, ArrayRef<Value> values) override {
    StoredRows::finish(t, row, function(e, values));
  }

private:
  Function function;
};

} // namespace

bool lfm2c::isElementwise(Operation *op) { return functionOf(op) != nullptr; }

std::unique_ptr<FinishedRows> lfm2c::makeElementwiseRows(PhaseContext &context,
                                                         const RowBases &bases,
                                                         Operation *op,
                                                         const BufferRef &out) {
  return std::make_unique<ElementwiseRows>(context, bases, out, functionOf(op));
}

FailureOr<Contraction> lfm2c::makeElementwise(PhaseContext &context,
                                              const RowBases &bases,
                                              Operation *op) {
  int64_t lanes = context.getEmitter().facts.lanes, n = 0;
  SmallVector<SegmentSpec, 3> segments;
  for (Value operand : op->getOperands()) {
    Product product = Product::of(operand);
    n = product.getRows();
    segments.push_back(product.segment(0, n, n));
  }
  BufferRef out = context.ownBuffer(context.getPhase().getName(),
                                    llvm::alignTo(n, lanes) * 4);
  context.bindResult(op->getResult(0), out);
  return Contraction{matrixSpec(op, segments, lanes),
                     makeElementwiseRows(context, bases, op, out)};
}
