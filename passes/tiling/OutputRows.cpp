// Rows that leave the step.

#include "passes/tiling/OutputRows.h"

using namespace mlir;
using namespace lfm2c;

void OutputRows::finish(Value t, Value row, ArrayRef<Value> values) {
  int64_t lanes = e.facts.lanes;
  Value at = e.mul(e.add(e.mul(t, columns), row), 4);
  if (columns % lanes == 0)
    return e.store(values[0], base, at);
  if (e.isWorkgroup()) // A lane stores its own row, if it has one.
    return e.ifThen(e.less(e.add(row, e.lane()), e.index(columns)),
                    [&] { e.store(values[0], base, at); });
  // The last group of each row is stored lane by lane.
  Value whole = e.index(columns / lanes * lanes);
  e.ifThen(e.less(row, whole), [&] { e.store(values[0], base, at); });
  e.ifThen(e.equal(row, whole), [&] {
    for (int64_t i = 0; i < columns % lanes; ++i)
      e.store(e.extract(values[0], i), base, e.add(at, 4 * i));
  });
}
