// Keys and values in pairs of bf16.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/AttentionSpan.h"

using namespace mlir;
using namespace lfm2c;

void AttentionSpan::pairKeys(Value p, Value count) {
  if (cache.isQuantized())
    return pairQuantizedKeys(p, count);
  int64_t columnBytes = granule * elementBytes;
  e.loop(e.index(0), count, granule, [&](Value i) {
    Value from = e.add(place.keys, e.mul(e.add(p, i), size * elementBytes));
    Value to = e.add(mine.pairedKeys, e.mul(i, size * 2));
    e.loop(e.index(0), e.index(size), 2, [&](Value channel) {
      Value column = e.mul(channel, columnBytes), at = e.add(from, column);
      storePairs(loadCache(granule, at),
                 loadCache(granule, e.add(at, columnBytes)), e.add(to, column));
    });
  });
}

void AttentionSpan::pairValues(Value p, Value count) {
  if (cache.isQuantized())
    return pairQuantizedValues(p, count);
  int64_t rowBytes = size * elementBytes;
  Value from = e.add(place.values, e.mul(p, rowBytes));
  e.loop(e.index(0), count, 2, [&](Value i) {
    // The weight of what an odd count leaves out is 0: any number will do.
    Value even = e.add(from, e.mul(i, rowBytes));
    Value odd = e.add(
        from, e.mul(e.min(e.add(i, 1), e.sub(count, e.index(1))), rowBytes));
    Value to = e.add(mine.pairedValues, e.mul(i, size * 2));
    for (int64_t channel = 0; channel < size; channel += granule) {
      int64_t n = std::min(granule, size - channel),
              at = channel * elementBytes;
      storePairs(loadCache(n, e.add(even, at)), loadCache(n, e.add(odd, at)),
                 e.add(to, channel * 4));
    }
  });
}

// Put together as integers: LLVM would move a shuffle of floats before their
// rounding, where it takes twice as many vectors.
void AttentionSpan::storePairs(Value even, Value odd, Value at) {
  int64_t n = cast<VectorType>(even.getType()).getNumElements();
  VectorType words = e.vec(n, e.b.getIntegerType(16)), ints = e.vec(n, e.i32());
  auto bits = [&](Value v) {
    return arith::ExtUIOp::create(e.b, e.loc, ints,
                                  e.bitcast(e.toBF16(v), words));
  };
  Value high =
      arith::ShLIOp::create(e.b, e.loc, bits(odd), e.constantInt(ints, 16));
  e.store(arith::OrIOp::create(e.b, e.loc, bits(even), high), scratch, at);
}
