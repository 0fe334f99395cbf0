// Attention to a span of positions.
//
// Scores of a span, weights from them, values times weights: each for all rows
// before the next, so that registers hold sums of several rows beside each
// other and what is loaded of the cache serves all of them.

#include "passes/tiling/AttentionSpan.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace lfm2c;

Value AttentionSpan::weightsOf(Value p, Value row) {
  Value at = e.add(mine.weights, e.mul(row, weightRowBytes()));
  if (!interleaved)
    return at;
  return e.add(
      at, e.mul(e.rem(e.div(p, positions), 2), headsPerKv * weightRowBytes()));
}

void AttentionSpan::forRows(llvm::function_ref<void(Value)> body) {
  e.spread(e.index(0), rows(), 1, body);
  e.join();
}

void AttentionSpan::forRowTiles(llvm::function_ref<void(Value, int64_t)> body) {
  Value first = e.index(0), all = rows();
  for (int64_t n = mostRows(); n > 0; n /= 2) {
    Value end = e.add(first, e.roundDown(e.sub(all, first), n));
    e.loop(first, end, n, [&](Value row) { body(row, n); });
    if (headsPerKv % n == 0)
      return;
    first = end;
  }
}

void AttentionSpan::emit(Value lo, Value hi) {
  forRows([&](Value row) {
    Value record = recordOf(row);
    e.store(e.constant(e.vec(size, e.f32()), 0), scratch, record);
    e.store(e.constant(e.f32(), AttentionRecords::lowest), scratch,
            e.add(record, maximumAt()));
    e.store(e.constant(e.f32(), 0), scratch, e.add(record, totalAt()));
  });
  auto countOf = [&](Value p) {
    return e.min(e.sub(e.max(hi, p), p), e.index(positions));
  };
  Value none = e.index(0);
  if (e.isWorkgroup())
    return emitByInvocation(lo, hi);
  if (!interleaved)
    return e.loop(lo, hi, positions, [&](Value p) {
      Value count = countOf(p);
      if (inPairs)
        pairKeys(p, count);
      emitScores(p, none, count);
      emitWeights(p, count);
      if (inPairs)
        pairValues(p, count);
      emitValues(p, none, count);
    });
  emitScores(lo, none, countOf(lo));
  emitWeights(lo, countOf(lo));
  e.loop(lo, hi, positions, [&](Value p) {
    Value next = e.add(p, positions);
    Value count = countOf(p), countNext = countOf(next);
    e.loop(none, count, granule, [&](Value i) {
      Value end = e.add(i, granule);
      emitValues(p, i, e.min(end, count));
      emitScores(next, i, e.min(end, countNext));
    });
    e.ifThen(e.less(next, hi), [&] { emitWeights(next, countNext); });
  });
}

/// An invocation has a score, then a row, then a channel of a row.
void AttentionSpan::emitByInvocation(Value lo, Value hi) {
  Value none = e.index(0);
  e.loop(lo, hi, positions, [&](Value p) {
    Value count = e.min(e.sub(hi, p), e.index(positions));
    e.spread(none, e.mul(rows(), positions), 1, [&](Value i) {
      Value row = e.div(i, positions), at = e.rem(i, positions);
      e.ifThen(e.less(at, count), [&] { scoreTile(p, at, row, 1, 1); });
    });
    e.join();
    emitWeights(p, count);
    e.spread(none, e.mul(rows(), size), 1, [&](Value i) {
      valueTile(p, none, count, e.div(i, size), 1, e.rem(i, size), 1);
    });
    e.join();
  });
}

void AttentionSpan::emitScores(Value p, Value from, Value to) {
  forRowTiles([&](Value row, int64_t n) {
    int64_t width = std::min(widthFor(n), positions);
    if (interleaved)
      width = std::min(width, granule);
    // A cache ends with a granule, so that no run of several may begin in it.
    Value done = from;
    if (width > granule) {
      done = e.add(from, e.roundDown(e.sub(to, from), width));
      e.loop(from, done, width,
             [&](Value i) { scoreTile(p, i, row, n, width); });
      width = granule;
    }
    e.loop(done, to, width, [&](Value i) { scoreTile(p, i, row, n, width); });
  });
}

/// reduce() of what one step() at a time gives; of a workgroup `most` in a
/// turn, with what is left behind them, so that their loads are on the way
/// together.
SmallVector<Value> AttentionSpan::reduceTogether(Value lo, Value hi,
                                                 int64_t most, ValueRange init,
                                                 Emitter::ReduceBody body) {
  if (!e.isWorkgroup() || most == 1)
    return e.reduce(lo, hi, step(), init, body);
  Value whole = e.add(lo, e.roundDown(e.sub(hi, lo), most));
  SmallVector<Value> sums =
      e.reduce(lo, whole, most, init, [&](Value i, ValueRange in) {
        SmallVector<Value> next(in);
        for (int64_t k = 0; k < most; ++k)
          next = body(e.add(i, k), next);
        return next;
      });
  return e.reduce(whole, hi, 1, sums, body);
}

void AttentionSpan::scoreTile(Value p, Value from, Value row, int64_t n,
                              int64_t width) {
  int64_t part = std::min(width, granule), parts = width / part;
  Value query = e.add(mine.queries, e.mul(row, queryBytes()));
  SmallVector<Value> sums =
      cache.isQuantized() && !inPairs
          ? quantizedScores(e.add(p, from), query, n, part, parts)
          : floatScores(p, from, query, n, part, parts);
  Value to = e.add(weightsOf(p, row), e.mul(from, 4));
  for (auto [i, sum] : llvm::enumerate(sums))
    e.store(sum, scratch,
            e.add(to, i / parts * weightRowBytes() + i % parts * part * 4));
}

SmallVector<Value> AttentionSpan::floatScores(Value p, Value from, Value query,
                                              int64_t n, int64_t part,
                                              int64_t parts) {
  VectorType scores = e.vec(part, e.f32());
  // Keys lie [position / 16][channel][position % 16]; of pairs see
  // pairedBytes(): granules and columns lie alike.
  Value first = inPairs ? from : e.add(p, from);
  Value at = e.mul(first, size * elementBytes);
  if (part < granule)
    at = e.add(e.mul(e.roundDown(first, granule), size * elementBytes),
               e.mul(e.rem(first, granule), step() * elementBytes));
  at = e.add(inPairs ? mine.pairedKeys : place.keys, at);
  return reduceTogether(
      e.index(0), e.index(size), size % 8 == 0 ? 8 : 1,
      SmallVector<Value>(n * parts, e.constant(scores, 0)),
      [&](Value channel, ValueRange in) {
        Value column = e.add(at, e.mul(channel, granule * elementBytes));
        SmallVector<Value> k;
        for (int64_t i = 0; i < parts; ++i)
          k.push_back(loadOperand(
              part, e.add(column, i * granule * size * elementBytes)));
        SmallVector<Value> next;
        for (int64_t r = 0; r < n; ++r) {
          Value q = loadFactor(e.add(e.add(query, r * queryBytes()),
                                     e.mul(channel, numberBytes())));
          for (Value key : k)
            next.push_back(multiplyAdd(key, q, in[next.size()]));
        }
        return next;
      });
}

void AttentionSpan::emitWeights(Value p, Value count) {
  forRows([&](Value row) {
    // What a row does not see is looked at only where there is such a position.
    Value sees = e.sub(seenBy(row), p);
    Value whole = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::sge,
                                        sees, e.index(positions));
    Value partial = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt,
                                          sees, e.index(positions));
    e.ifThen(whole, [&] { weightsOfRow(p, e.index(positions), row, false); });
    e.ifThen(partial, [&] { weightsOfRow(p, count, row, true); });
  });
}

void AttentionSpan::weightsOfRow(Value p, Value count, Value row,
                                 bool partial) {
  Value record = recordOf(row), from = weightsOf(p, row);
  Value end = seenBy(row);
  VectorType scores = e.vec(granule, e.f32());
  auto scoresAt = [&](Value i) {
    return e.load(scores, scratch, e.add(from, e.mul(i, 4)));
  };
  auto mask = [&](Value v, Value i, double other) {
    return partial ? masked(v, e.sub(end, e.add(p, i)), other) : v;
  };
  Value largest =
      e.reduce(e.index(0), count, granule,
               {e.constant(scores, AttentionRecords::lowest)},
               [&](Value i, ValueRange in) {
                 return SmallVector<Value>{e.fmax(
                     in[0], mask(scoresAt(i), i, AttentionRecords::lowest))};
               })[0];
  Value before = e.load(e.f32(), scratch, e.add(record, maximumAt()));
  Value most = e.fmax(before, e.reduceMax(largest));
  // Weights take the place of scores; pairs are the first to be written to the
  // half that has been read.
  VectorType totals = e.vec(granule / step(), e.f32());
  Value sums = e.reduce(
      e.index(0), count, granule, {e.constant(totals, 0)},
      [&](Value i, ValueRange in) {
        // 2^x is never 0, and what is not seen counts nothing.
        Value w = mask(e.exp2Negative(e.fsub(scoresAt(i), most)), i, 0);
        if (inPairs)
          w = e.toBF16(w);
        Value to = e.add(from, e.mul(i, numberBytes()));
        if (scalesWeights())
          storeScaled(w, e.add(p, i), to);
        else
          e.store(w, scratch, to);
        // The sum is of what values are multiplied with.
        Value sum = inPairs ? e.dot2(in[0], w, e.constant(w.getType(), 1))
                            : e.fadd(in[0], w);
        return SmallVector<Value>{sum};
      })[0];
  Value shrink = e.exp2Negative(e.fsub(before, most));
  Value total = e.load(e.f32(), scratch, e.add(record, totalAt()));
  e.store(most, scratch, e.add(record, maximumAt()));
  e.store(e.fma(total, shrink, e.reduceAdd(sums)), scratch,
          e.add(record, totalAt()));
  e.store(shrink, scratch, e.add(record, shrinkAt()));
}

void AttentionSpan::emitValues(Value p, Value from, Value to) {
  forRowTiles([&](Value row, int64_t n) {
    int64_t width = std::min(widthFor(n), size);
    if (scalesWeights())
      width = quantizedWidth(width);
    int64_t rest = size % width;
    e.loop(e.index(0), e.index(size - rest), width, [&](Value channel) {
      valueTile(p, from, to, row, n, channel, width);
    });
    if (rest)
      valueTile(p, from, to, row, n, e.index(size - rest), rest);
  });
}

void AttentionSpan::valueTile(Value p, Value from, Value to, Value row,
                              int64_t n, Value channel, int64_t width) {
  if (scalesWeights())
    return quantizedValueTile(p, from, to, row, n, channel, width);
  VectorType part = e.vec(width, e.f32());
  Value record = recordOf(row);
  auto sumAt = [&](int64_t r) {
    return e.add(e.add(record, r * recordBytes()), e.mul(channel, 4));
  };
  SmallVector<Value> init;
  for (int64_t r = 0; r < n; ++r) {
    Value shrink = shrinkOf(e.add(record, r * recordBytes()), from);
    init.push_back(e.fmul(e.load(part, scratch, sumAt(r)), shrink));
  }
  Value first = inPairs ? mine.pairedValues
                        : e.add(place.values, e.mul(p, size * elementBytes));
  first = e.add(first, e.mul(channel, step() * elementBytes));
  Value weight = weightsOf(p, row);
  SmallVector<Value> sums =
      reduceTogether(from, to, 8, init, [&](Value i, ValueRange in) {
        Value v =
            loadOperand(width, e.add(first, e.mul(i, size * elementBytes)));
        SmallVector<Value> next;
        for (int64_t r = 0; r < n; ++r) {
          Value w = loadFactor(e.add(e.add(weight, r * weightRowBytes()),
                                     e.mul(i, numberBytes())));
          next.push_back(multiplyAdd(v, w, in[r]));
        }
        return next;
      });
  for (int64_t r = 0; r < n; ++r)
    e.store(sums[r], scratch, sumAt(r));
}

Value AttentionSpan::shrinkOf(Value record, Value from) {
  Value shrink = e.load(e.f32(), scratch, e.add(record, shrinkAt()));
  // Only where a span begins is there a new maximum.
  if (interleaved)
    shrink = e.select(e.less(e.index(0), from), e.constant(e.f32(), 1), shrink);
  return shrink;
}

void AttentionSpan::storeQuery(Value row, Value query) {
  e.store(inPairs ? e.toBF16(query) : query, scratch,
          e.add(mine.queries, e.mul(row, queryBytes())));
}

Value AttentionSpan::loadOperand(int64_t n, Value at) {
  return inPairs ? e.load(e.vec(2 * n, e.b.getBF16Type()), scratch, at)
                 : loadCache(n, at);
}

Value AttentionSpan::loadFactor(Value at) {
  return e.load(inPairs ? e.i32() : e.f32(), scratch, at);
}

Value AttentionSpan::multiplyAdd(Value operand, Value factor, Value sum) {
  return inPairs ? e.dot2(sum, operand, factor) : e.fma(operand, factor, sum);
}

Value AttentionSpan::loadCache(int64_t n, Value at) {
  Value v = e.load(e.vec(n, cache.element), states, at);
  return cache.element.isF32() ? v : e.toF32(v);
}

Value AttentionSpan::masked(Value v, Value count, double other) {
  VectorType ints = e.vec(granule, e.i32());
  SmallVector<int32_t> lane;
  for (int64_t i = 0; i < granule; ++i)
    lane.push_back(i);
  Value lanes = arith::ConstantOp::create(
      e.b, e.loc, DenseElementsAttr::get(ints, ArrayRef<int32_t>(lane)));
  Value inside = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt,
                                       lanes, e.splat(e.toI32(count), granule));
  return e.select(inside, v, e.constant(v.getType(), other));
}
