// The short convolution of finished rows.
//
// A thread has all tokens of its rows, and goes from one to the next. In a
// workgroup, slices finish tokens at the same time: first B * x and C of all
// tokens are kept, then the slices divide the tokens once more.

#include "passes/tiling/RowFollowUps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

namespace {

class ShortConvRows : public StoredRows {
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

protected:
  /// Factor `k` of the rows that lie `bytes` behind the first.
  Value tap(int64_t k, Value bytes) {
    return e.loadWeight(e.lanesF32(), bases.weights,
                        e.add(e.add(filter, k * tapBytes), bytes));
  }
  /// Of column `k` of the rows in the state whose columns are at `own`.
  Value columnAt(Value own, int64_t k, Value bytes) {
    return e.add(e.add(own, k * columnBytes), bytes);
  }

  int64_t taps;
  Value filter, columns, states;
  int64_t tapBytes, columnBytes;
};

/// Tokens come one after the other: each finds the columns of those before it
/// in the state, and leaves its own.
class ConvByToken final : public ShortConvRows {
public:
  using ShortConvRows::ShortConvRows;

  /// `v`: rows of B, C and x.
  void finish(Value t, Value row, ArrayRef<Value> v) override {
    Value bytes = e.mul(row, 4);
    Value own = context.getRuns().of(t).inState(columns);
    Value g = e.fmul(v[0], v[2]);
    Value sum = e.fmul(tap(taps - 1, bytes), g);
    for (int64_t k = 0; k + 1 < taps; ++k) {
      Value old = e.load(e.lanesF32(), states, columnAt(own, k, bytes));
      sum = e.fma(tap(k, bytes), old, sum);
      if (k > 0)
        e.store(old, states, columnAt(own, k - 1, bytes));
    }
    if (taps > 1)
      e.store(g, states, columnAt(own, taps - 2, bytes));
    StoredRows::finish(t, row, e.fmul(v[1], sum));
  }
};

/// All tokens at once, with the same sums.
class ConvBySlices final : public ShortConvRows {
public:
  /// `out` has room for C, and then for the result.
  ConvBySlices(PhaseContext &context, const RowBases &bases,
               const BufferRef &out, const BufferRef &products,
               lfm2::ShortConvOp op)
      : ShortConvRows(context, bases, out, op), products(products),
        productsAt(context.address(products)) {}

  /// `v`: rows of B, C and x.
  void finish(Value t, Value row, ArrayRef<Value> v) override {
    e.store(e.fmul(v[0], v[2]), bases.scratch, productAt(t, e.mul(row, 4)));
    StoredRows::finish(t, row, v[1]);
  }

  void finishShare(Value lo, Value hi) override {
    auto forGroups = [&](llvm::function_ref<void(Value)> body) {
      e.loop(lo, hi, 1,
             [&](Value group) { body(e.mul(group, e.facts.lanes * 4)); });
    };
    context.getRuns().forEach([&](const Run &run) {
      Value first = run.getFirst(), end = e.add(first, run.getCount());
      Value own = run.inState(columns);
      e.spreadSlices(first, end, [&](Value t) {
        forGroups([&](Value bytes) { convolve(t, first, own, bytes); });
      });
      e.join();
      e.inOneSlice([&] {
        forGroups([&](Value bytes) { leaveColumns(first, end, own, bytes); });
      });
      e.join();
    });
  }

private:
  /// B * x of the token `back` before `t`; of a run that begins at `first` with
  /// the columns at `own`.
  Value before(Value t, int64_t back, Value first, Value own, Value bytes) {
    Value isOfRun = e.less(e.add(first, back - 1), t);
    // Of tokens before the run the last is the last column.
    Value ofRun = e.select(isOfRun, e.sub(t, e.index(back)), first);
    Value g = e.load(e.lanesF32(), bases.scratch, productAt(ofRun, bytes));
    Value column = e.select(isOfRun, e.index(0),
                            e.sub(e.add(e.index(taps - 1 - back), t), first));
    Value old = e.load(e.lanesF32(), states,
                       e.add(e.add(own, e.mul(column, columnBytes)), bytes));
    return e.select(isOfRun, g, old);
  }

  void convolve(Value t, Value first, Value own, Value bytes) {
    Value g = e.load(e.lanesF32(), bases.scratch, productAt(t, bytes));
    Value sum = e.fmul(tap(taps - 1, bytes), g);
    for (int64_t k = 0; k + 1 < taps; ++k)
      sum =
          e.fma(tap(k, bytes), before(t, taps - 1 - k, first, own, bytes), sum);
    Value row = e.div(bytes, 4);
    Value gate = e.load(e.lanesF32(), bases.scratch, rowAddress(t, row));
    StoredRows::finish(t, row, e.fmul(gate, sum));
  }

  /// What the tokens behind the run find. A column is read before it is
  /// written.
  void leaveColumns(Value first, Value end, Value own, Value bytes) {
    for (int64_t k = 0; k + 1 < taps; ++k)
      e.store(before(end, taps - 1 - k, first, own, bytes), states,
              columnAt(own, k, bytes));
  }

  Value productAt(Value t, Value bytes) {
    return e.add(e.add(productsAt, e.mul(t, products.rowBytes)), bytes);
  }

  const BufferRef products; ///< B * x.
  const Value productsAt;
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
  std::unique_ptr<FinishedRows> rows;
  if (context.getEmitter().isWorkgroup() && !context.isSingle()) {
    BufferRef products = context.ownBuffer("conv.products", out.rowBytes);
    rows = std::make_unique<ConvBySlices>(context, bases, out, products, op);
  } else {
    rows = std::make_unique<ConvByToken>(context, bases, out, op);
  }
  context.bindResult(op.getOutput(), out);
  return Contraction{gates.packParts(3, lanes), std::move(rows)};
}
