// Partial sums of attention.

#include "passes/tiling/AttentionRecords.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace lfm2c;

/// Positions of a segment but the last. Of one token, workgroups are to have
/// work at small depths, too.
static int64_t segmentPositions(Emitter &e) {
  return e.isWorkgroup() ? 128 : 1024;
}

int64_t AttentionRecords::bytes(int64_t size) {
  return llvm::alignTo(size * 4 + 12, 64);
}

AttentionRecords::Record AttentionRecords::nothing() {
  return {e.constant(e.vec(size, e.f32()), 0), e.constant(e.f32(), lowest),
          e.constant(e.f32(), 0)};
}

Value AttentionRecords::addressOf(Value records, Value row) {
  return e.add(records, e.mul(row, bytes(size)));
}

AttentionRecords::Record AttentionRecords::load(Value at) {
  return {e.load(e.vec(size, e.f32()), scratch, at),
          e.load(e.f32(), scratch, e.add(at, maximumAt(size))),
          e.load(e.f32(), scratch, e.add(at, totalAt(size)))};
}

void AttentionRecords::store(const Record &record, Value at) {
  e.store(record.values, scratch, at);
  e.store(record.largest, scratch, e.add(at, maximumAt(size)));
  e.store(record.total, scratch, e.add(at, totalAt(size)));
}

AttentionRecords::Record AttentionRecords::merge(const Record &a,
                                                 const Record &c) {
  Value most = e.fmax(a.largest, c.largest);
  Value shrinkA = e.exp2Negative(e.fsub(a.largest, most));
  Value shrinkC = e.exp2Negative(e.fsub(c.largest, most));
  return {e.fma(c.values, shrinkC, e.fmul(a.values, shrinkA)), most,
          e.fma(c.total, shrinkC, e.fmul(a.total, shrinkA))};
}

void AttentionRecords::finish(const Record &record, Value base, Value to) {
  Value inverse = e.fdiv(e.constant(e.f32(), 1), record.total);
  e.store(e.fmul(record.values, inverse), base, to);
}

Value AttentionRecords::segmentsOf(Emitter &e, Value end) {
  return e.min(e.add(e.div(e.sub(end, e.index(1)), segmentPositions(e)), 1),
               e.index(mostSegments));
}

std::pair<Value, Value> AttentionRecords::boundsOf(Emitter &e, Value segment,
                                                   Value end) {
  Value isLast = e.less(e.index(mostSegments - 2), segment);
  Value from = e.mul(segment, segmentPositions(e));
  Value to = e.min(e.add(from, segmentPositions(e)), end);
  return {from, e.select(isLast, end, to)};
}
