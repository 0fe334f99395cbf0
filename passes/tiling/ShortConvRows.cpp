// The short convolution of finished rows.

#include "passes/tiling/RowFollowUps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

/// Tokens come one after the other: each finds the columns of those before it
/// in the state, and leaves its own.
class ShortConvRows final : public StoredRows {
public:
  ShortConvRows(PhaseContext &context, const RowBases &bases,
                const BufferRef &out, lfm2::ShortConvOp op)
      : StoredRows(context, bases, out),
        taps(weightDim(op, op.getFilterAttr(), 1)),
        filter(context.plainWeight(op.getFilterAttr())),
        columns(context.getScope().state(op.getState())),
        states(e.pointer("state")) {
    int64_t rows = weightDim(op, op.getFilterAttr(), 0);
    tapBytes = llvm::alignTo(rows, 16) * 4;
    columnBytes = llvm::alignTo(rows, e.facts.lanes) * 4;
  }

  /// `v`: rows of B, C and x.
  void finish(Value t, Value row, ArrayRef<Value> v) override {
    Value bytes = e.mul(row, 4);
    auto tap = [&](int64_t k) {
      return e.loadWeight(e.lanesF32(), bases.weights,
                          e.add(e.add(filter, k * tapBytes), bytes));
    };
    Value own = context.getRuns().of(t).inState(columns);
    auto column = [&](int64_t k) {
      return e.add(e.add(own, k * columnBytes), bytes);
    };
    Value g = e.fmul(v[0], v[2]);
    Value sum = e.fmul(tap(taps - 1), g);
    for (int64_t k = 0; k + 1 < taps; ++k) {
      Value old = e.load(e.lanesF32(), states, column(k));
      sum = e.fma(tap(k), old, sum);
      if (k > 0)
        e.store(old, states, column(k - 1));
    }
    if (taps > 1)
      e.store(g, states, column(taps - 2));
    StoredRows::finish(t, row, e.fmul(v[1], sum));
  }

private:
  int64_t taps;
  Value filter, columns, states;
  int64_t tapBytes, columnBytes;
};

} // namespace

FailureOr<Contraction> lfm2c::makeShortConvRows(PhaseContext &context,
                                                const RowBases &bases,
                                                lfm2::ShortConvOp op) {
  Product gates = Product::of(op.getGates()); // B, C and x.
  int64_t h = gates.getRows() / 3;
  int64_t lanes = context.getEmitter().facts.lanes;
  BufferRef out = context.ownBuffer(context.getPhase().getName(),
                                    llvm::alignTo(h, lanes) * 4);
  context.bindResult(op.getOutput(), out);
  auto rows = std::make_unique<ShortConvRows>(context, bases, out, op);
  return Contraction{gates.packParts(3, lanes), std::move(rows)};
}
