// Attention over quantised keys and values.
//
// Numbers become f32 when they are read; a scale is multiplied where that is
// least: into the sum of a block's keys, and into the weights of a block's
// values, once for all that the sum or the weight is of.

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/AttentionSpan.h"
#include <numeric>

using namespace mlir;
using namespace lfm2c;

Value AttentionSpan::loadScales(int64_t n, Value at, Value block, Value first) {
  Value offset = e.add(e.mul(block, CacheForm::scalesAt(1)), e.mul(first, 2));
  return e.toF32(e.load(e.vec(n, e.b.getF16Type()), states, e.add(at, offset)));
}

SmallVector<Value, 2> AttentionSpan::loadNumbers(int64_t n, Value at) {
  Value bytes =
      arith::ExtSIOp::create(e.b, e.loc, e.vec(n, e.i32()),
                             e.load(e.vec(n, e.b.getI8Type()), states, at));
  if (cache.bits == 8)
    return {e.smallToF32(bytes)};
  auto shift = [&](int64_t bits) {
    return e.constantInt(bytes.getType(), bits);
  };
  Value low = arith::ShRSIOp::create(
      e.b, e.loc, arith::ShLIOp::create(e.b, e.loc, bytes, shift(28)),
      shift(28));
  Value high = arith::ShRSIOp::create(e.b, e.loc, bytes, shift(4));
  return {e.smallToF32(low), e.smallToF32(high)};
}

SmallVector<Value> AttentionSpan::quantizedScores(Value first, Value query,
                                                  int64_t n, int64_t part,
                                                  int64_t parts) {
  SmallVector<Value> none(n * parts, e.constant(e.vec(part, e.f32()), 0));
  Value at = granuleAt(place.keys, first);
  Value lane = part < granule ? e.rem(first, granule) : e.index(0);
  const int64_t perByte = cache.perByte(), rows = cache.block / perByte;
  return e.reduce(
      e.index(0), e.index(cache.blocks()), 1, none,
      [&](Value block, ValueRange in) {
        Value numbers = e.add(
            e.add(at, e.add(e.mul(block, rows * granule), cache.numbersAt())),
            lane);
        Value queries = e.add(query, e.mul(block, cache.block * 4));
        SmallVector<Value> sums = reduceTogether(
            e.index(0), e.index(rows), 8 / perByte, none,
            [&](Value i, ValueRange acc) {
              SmallVector<Value> next(acc);
              SmallVector<SmallVector<Value, 2>> keys;
              for (int64_t g = 0; g < parts; ++g)
                keys.push_back(
                    loadNumbers(part, e.add(e.add(numbers, e.mul(i, granule)),
                                            g * cache.granuleBytes())));
              for (int64_t r = 0; r < n; ++r)
                for (int64_t c = 0; c < perByte; ++c) {
                  Value q =
                      loadFactor(e.add(e.add(queries, r * queryBytes() + c * 4),
                                       e.mul(i, perByte * 4)));
                  for (int64_t g = 0; g < parts; ++g) {
                    Value &sum = next[r * parts + g];
                    sum = e.fma(keys[g][c], q, sum);
                  }
                }
              return next;
            });
        SmallVector<Value> next;
        for (int64_t r = 0; r < n; ++r)
          for (int64_t g = 0; g < parts; ++g) {
            Value scale = loadScales(part, e.add(at, g * cache.granuleBytes()),
                                     block, lane);
            next.push_back(
                e.fma(sums[r * parts + g], scale, in[r * parts + g]));
          }
        return next;
      });
}

void AttentionSpan::storeScaled(Value w, Value p, Value to) {
  Value at = granuleAt(place.values, p);
  for (int64_t b = 0; b < cache.blocks(); ++b)
    e.store(e.fmul(w, loadScales(granule, at, e.index(b), e.index(0))), scratch,
            e.add(to, b * positions * 4));
}

int64_t AttentionSpan::quantizedWidth(int64_t width) const {
  return width >= cache.block ? width - width % cache.block
                              : std::gcd(width, cache.block / cache.perByte());
}

// A tile of whole blocks has a vector for each block, or for each half of one
// of 4 bits, whose bytes it loads once. A tile of less lies within one half.
void AttentionSpan::quantizedValueTile(Value p, Value from, Value to, Value row,
                                       int64_t n, Value channel,
                                       int64_t width) {
  const int64_t half = cache.block / cache.perByte();
  const bool isWhole = width >= cache.block;
  const int64_t part = isWhole ? half : width, parts = width / part;
  VectorType floats = e.vec(part, e.f32());
  Value record = recordOf(row);
  auto sumAt = [&](int64_t r, int64_t i) {
    return e.add(e.add(record, r * recordBytes() + i * part * 4),
                 e.mul(channel, 4));
  };
  SmallVector<Value> init;
  for (int64_t r = 0; r < n; ++r) {
    Value shrink = shrinkOf(e.add(record, r * recordBytes()), from);
    for (int64_t i = 0; i < parts; ++i)
      init.push_back(e.fmul(e.load(floats, scratch, sumAt(r, i)), shrink));
  }
  Value block = e.div(channel, cache.block);
  Value column = e.mul(block, cache.blockBytes());
  if (!isWhole)
    column = e.add(column, e.rem(channel, half));
  Value weight = e.add(weightsOf(p, row), e.mul(block, positions * 4));
  auto partsAt = [&](Value at) {
    SmallVector<Value> values;
    if (!isWhole && cache.bits == 4) {
      SmallVector<Value, 2> both = loadNumbers(part, at);
      Value isLow = e.equal(e.rem(e.div(channel, half), 2), e.index(0));
      values.push_back(e.select(isLow, both[0], both[1]));
      return values;
    }
    for (int64_t b = 0; b < parts; b += cache.perByte())
      llvm::append_range(values,
                         loadNumbers(part, e.add(at, b / cache.perByte() *
                                                         cache.blockBytes())));
    return values;
  };
  SmallVector<Value> sums =
      reduceTogether(from, to, 8, init, [&](Value i, ValueRange in) {
        Value position = e.add(p, i);
        Value at =
            e.add(granuleAt(place.values, position),
                  e.add(e.mul(e.rem(position, granule), cache.rowBytes()),
                        cache.numbersAt()));
        SmallVector<Value> values = partsAt(e.add(at, column));
        SmallVector<Value> next;
        for (int64_t r = 0; r < n; ++r)
          for (int64_t k = 0; k < parts; ++k) {
            int64_t blockOfPart = isWhole ? k * part / cache.block : 0;
            Value w =
                loadFactor(e.add(e.add(weight, r * weightRowBytes() +
                                                   blockOfPart * positions * 4),
                                 e.mul(i, 4)));
            next.push_back(e.fma(values[k], w, in[next.size()]));
          }
        return next;
      });
  for (int64_t r = 0; r < n; ++r)
    for (int64_t i = 0; i < parts; ++i)
      e.store(sums[r * parts + i], scratch, sumAt(r, i));
}

//===----------------------------------------------------------------------===//
// In pairs of bf16
//===----------------------------------------------------------------------===//

void AttentionSpan::pairQuantizedKeys(Value p, Value count) {
  const int64_t perByte = cache.perByte(), rows = cache.block / perByte;
  e.loop(e.index(0), count, granule, [&](Value i) {
    Value at = granuleAt(place.keys, e.add(p, i));
    Value to = e.add(mine.pairedKeys, e.mul(i, size * 2));
    e.loop(e.index(0), e.index(cache.blocks()), 1, [&](Value block) {
      Value scale = loadScales(granule, at, block, e.index(0));
      Value from =
          e.add(at, e.add(e.mul(block, rows * granule), cache.numbersAt()));
      Value pairs = e.add(to, e.mul(block, cache.block * granule * 2));
      // Two channels in a turn.
      const int64_t step = 2 / perByte;
      e.loop(e.index(0), e.index(rows), step, [&](Value row) {
        SmallVector<Value> two;
        for (int64_t k = 0; k < step; ++k)
          for (Value key :
               loadNumbers(granule, e.add(from, e.mul(e.add(row, k), granule))))
            two.push_back(e.fmul(key, scale));
        storePairs(two[0], two[1],
                   e.add(pairs, e.mul(row, perByte * granule * 2)));
      });
    });
  });
}

void AttentionSpan::pairQuantizedValues(Value p, Value count) {
  const int64_t perByte = cache.perByte(), half = cache.block / perByte;
  Value at = granuleAt(place.values, p);
  e.loop(e.index(0), count, 2, [&](Value i) {
    // The weight of what an odd count leaves out is 0: any number will do.
    Value next = e.min(e.add(i, 1), e.sub(count, e.index(1)));
    Value to = e.add(mine.pairedValues, e.mul(i, size * 2));
    e.loop(e.index(0), e.index(cache.blocks()), 1, [&](Value block) {
      struct Row {
        Value scale, from;
      };
      auto rowOf = [&](Value position) {
        Value own = granuleAt(at, position), lane = e.rem(position, granule);
        Value scale = e.toF32(
            e.load(e.b.getF16Type(), states,
                   e.add(own, e.add(e.mul(block, CacheForm::scalesAt(1)),
                                    e.mul(lane, 2)))));
        return Row{scale, e.add(own, e.add(e.add(e.mul(lane, cache.rowBytes()),
                                                 cache.numbersAt()),
                                           e.mul(block, cache.blockBytes())))};
      };
      Row even = rowOf(i), odd = rowOf(next);
      Value pairs = e.add(to, e.mul(block, cache.block * 4));
      for (int64_t from = 0; from < half; from += granule) {
        int64_t n = std::min(granule, half - from);
        SmallVector<Value, 2> a = loadNumbers(n, e.add(even.from, from));
        SmallVector<Value, 2> b = loadNumbers(n, e.add(odd.from, from));
        for (int64_t c = 0; c < perByte; ++c)
          storePairs(e.fmul(a[c], even.scale), e.fmul(b[c], odd.scale),
                     e.add(pairs, (c * half + from) * 4));
      }
    });
  });
}
