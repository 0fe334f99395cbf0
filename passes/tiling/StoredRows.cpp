// Rows that are stored as they are.

#include "passes/tiling/FinishedRows.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

StoredRows::StoredRows(PhaseContext &context, const RowBases &bases,
                       const BufferRef &out)
    : context(context), e(context.getEmitter()), bases(bases), out(out),
      at(context.address(out)) {}

void StoredRows::finish(Value t, Value row, ArrayRef<Value> values) {
  e.store(values[0], bases.scratch, rowAddress(t, row));
}

Value StoredRows::rowAddress(Value t, Value row) {
  return e.add(e.add(at, e.mul(t, out.rowBytes)), e.mul(row, 4));
}

Value StoredRows::addressIn(const BufferRef &ref, Value start, Value t,
                            Value head) {
  return e.add(e.add(start, e.mul(t, ref.rowBytes)),
               e.mul(head, ref.elementStride));
}

BufferRef lfm2c::headsBuffer(PhaseContext &context, StringRef role,
                             int64_t heads, int64_t headSize) {
  int64_t stride =
      llvm::alignTo(headSize, context.getEmitter().facts.lanes) * 4;
  BufferRef ref = context.ownBuffer(role, heads * stride);
  ref.elementStride = stride;
  return ref;
}
