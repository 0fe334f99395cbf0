// Convolution over both neighbours.
//
// A token's neighbours behind it are finished later than itself: first B * x
// and C of all tokens are kept, then the thread goes through its rows again.

#include "passes/tiling/RowFollowUps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class CentredConvRows final : public StoredRows {
public:
  /// `out` has room for C, and then for the result.
  CentredConvRows(PhaseContext &context, const RowBases &bases,
                  const BufferRef &out, const BufferRef &products,
                  lfm2::CentredConvOp op)
      : StoredRows(context, bases, out), products(products),
        productsAt(context.address(products)),
        taps(weightDim(op, op.getFilterAttr(), 1)),
        tapBytes(llvm::alignTo(weightDim(op, op.getFilterAttr(), 0), 16) * 4),
        filter(context.plainWeight(op.getFilterAttr())) {}

  /// `v`: rows of B, C and x.
  void finish(Value t, Value row, ArrayRef<Value> v) override {
    e.store(e.fmul(v[0], v[2]), bases.scratch, productAddress(t, row));
    StoredRows::finish(t, row, v[1]);
  }

  void finishShare(Value lo, Value hi) override {
    context.getRuns().forEach([&](const Run &run) {
      Value first = run.getFirst(), end = e.add(first, run.getCount());
      e.spreadSlices(first, end, [&](Value t) {
        e.loop(lo, hi, 1, [&](Value group) {
          convolve(t, e.mul(group, e.facts.lanes), first, end);
        });
      });
    });
  }

private:
  /// The rows from `row` on of token `t`, of a run from `first` to `end`.
  void convolve(Value t, Value row, Value first, Value end) {
    Value zero = e.constant(e.lanesF32(), 0), sum = zero;
    for (int64_t k = 0; k < taps; ++k) {
      Value tap =
          e.loadWeight(e.lanesF32(), bases.weights,
                       e.add(e.add(filter, k * tapBytes), e.mul(row, 4)));
      // Before the run and behind it stand zeros.
      int64_t ahead = k - (taps - 1) / 2;
      Value at = t, isOfRun;
      if (ahead < 0) {
        isOfRun = e.less(e.add(first, -ahead - 1), t);
        at = e.sub(t, e.index(-ahead));
      } else if (ahead > 0) {
        at = e.add(t, ahead);
        isOfRun = e.less(at, end);
      }
      if (isOfRun)
        at = e.select(isOfRun, at, t);
      Value g = e.load(e.lanesF32(), bases.scratch, productAddress(at, row));
      if (isOfRun)
        g = e.select(isOfRun, g, zero);
      sum = k ? e.fma(tap, g, sum) : e.fmul(tap, g);
    }
    Value gate = e.load(e.lanesF32(), bases.scratch, rowAddress(t, row));
    StoredRows::finish(t, row, e.fmul(gate, sum));
  }

  Value productAddress(Value t, Value row) {
    return e.add(e.add(productsAt, e.mul(t, products.rowBytes)), e.mul(row, 4));
  }

  const BufferRef products; ///< B * x.
  const Value productsAt;
  const int64_t taps, tapBytes;
  const Value filter;
};

} // namespace

FailureOr<Contraction> lfm2c::makeCentredConvRows(PhaseContext &context,
                                                  const RowBases &bases,
                                                  lfm2::CentredConvOp op) {
  Product gates = Product::of(op.getGates()); // B, C and x.
  int64_t h = gates.getRows() / 3;
  int64_t lanes = context.getEmitter().facts.lanes;
  int64_t rowBytes = llvm::alignTo(h, lanes) * 4;
  BufferRef out = context.ownBuffer(context.getPhase().getName(), rowBytes);
  BufferRef products = context.ownBuffer("conv.products", rowBytes);
  context.bindResult(op.getOutput(), out);
  auto rows =
      std::make_unique<CentredConvRows>(context, bases, out, products, op);
  return Contraction{gates.packParts(3, lanes), std::move(rows)};
}
