//===- EmitAttention.cpp - attention over the cache -----------------------===//
//
// Online softmax over tiles of 16 positions. The query heads of one key head
// share its loads; keys of a tile stand side by side, so that scores of 16
// positions come out of one run over the channels without a reduction.
//
//===----------------------------------------------------------------------===//

#include "lfm2rt/abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/StepBuilder.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

namespace {

/// Attention of the query heads of one key head, for one token.
class HeadEmitter {
public:
  static constexpr int64_t tile = LFM2_CONTEXT_GRANULE;

  HeadEmitter(Emitter &e, int64_t group, int64_t size, Type element)
      : e(e), group(group), size(size), element(element),
        elementBytes(element.getIntOrFloatBitWidth() / 8) {}

  Emitter &e;
  int64_t group, size; // Query heads; channels of a head.
  Type element;        // Of the caches.
  int64_t elementBytes;
  Value scratch, states;
  Value queries;       // Offset of the first head's channels, scratch.
  int64_t queryStride; // Bytes from head to head.
  Value keys, values;  // Offsets of this head's caches, state.
  Value sums, weights; // Private scratch: [group][size], [group][tile] f32.
  Value output;        // Offset of [group][size], scratch.

  void emit(Value positions) {
    Value zero = e.constant(e.vec(size, e.f32()), 0);
    for (int64_t g = 0; g < group; ++g)
      e.store(zero, scratch, sumAt(g));
    SmallVector<Value> init(group, e.constant(e.f32(), -1e30));
    init.append(group, e.constant(e.f32(), 0));
    Value whole = e.roundDown(positions, tile);
    SmallVector<Value> state =
        e.reduce(e.index(0), whole, tile, init, [&](Value p, ValueRange in) {
          return emitTile(p, e.index(tile), /*partial=*/false, in);
        });
    // The last positions do not fill a tile: the rest of it is not read.
    state =
        e.reduce(whole, positions, tile, state, [&](Value p, ValueRange in) {
          return emitTile(p, e.sub(positions, p), /*partial=*/true, in);
        });
    for (int64_t g = 0; g < group; ++g) {
      Value inverse = e.fdiv(e.constant(e.f32(), 1), state[group + g]);
      Value sum = e.load(e.vec(size, e.f32()), scratch, sumAt(g));
      e.store(e.fmul(sum, inverse), scratch, e.add(output, g * size * 4));
    }
  }

private:
  Value sumAt(int64_t g) { return e.add(sums, g * size * 4); }

  /// Scores of the tile at position `p`, then values weighted by them. Carries
  /// the running maximum and the running sum of each query head.
  SmallVector<Value> emitTile(Value p, Value count, bool partial,
                              ValueRange in) {
    VectorType scores = e.vec(tile, e.f32());
    Value keyTile = e.add(keys, e.mul(p, size * elementBytes));
    SmallVector<Value> acc = e.reduce(
        e.index(0), e.index(size), 1,
        SmallVector<Value>(group, e.constant(scores, 0)),
        [&](Value channel, ValueRange sum) {
          Value k = loadCache(
              tile, e.add(keyTile, e.mul(channel, tile * elementBytes)));
          SmallVector<Value> next;
          for (int64_t g = 0; g < group; ++g) {
            Value q = e.load(
                e.f32(), scratch,
                e.add(e.add(queries, g * queryStride), e.mul(channel, 4)));
            next.push_back(e.fma(k, q, sum[g]));
          }
          return next;
        });

    SmallVector<Value> maxima, totals;
    Value scale = e.constant(e.f32(), 1.0 / std::sqrt(double(size)));
    for (int64_t g = 0; g < group; ++g) {
      Value s = e.fmul(acc[g], scale);
      if (partial)
        s = masked(s, count);
      Value most = e.fmax(in[g], e.reduceMax(s));
      Value weight = e.exp(e.fsub(s, most));
      if (partial) // exp never gives 0, and what is past the end counts
                   // nothing.
        weight = maskedTo(weight, count, 0);
      Value shrink = e.exp(e.fsub(in[g], most));
      e.store(weight, scratch, e.add(weights, g * tile * 4));
      VectorType channels = e.vec(size, e.f32());
      e.store(e.fmul(e.load(channels, scratch, sumAt(g)), shrink), scratch,
              sumAt(g));
      maxima.push_back(most);
      totals.push_back(e.fma(in[group + g], shrink, e.reduceAdd(weight)));
    }
    emitValues(p, count);
    maxima.append(totals);
    return maxima;
  }

  /// sums[g] += weights[g][i] * values[p + i], as many channels at a time as
  /// accumulators fit registers.
  void emitValues(Value p, Value count) {
    int64_t width = size;
    while (width % 2 == 0 && width > e.facts.lanes &&
           group * width > e.facts.registers / 2 * e.facts.lanes)
      width /= 2;
    for (int64_t c = 0; c < size; c += width) {
      VectorType part = e.vec(width, e.f32());
      SmallVector<Value> init;
      for (int64_t g = 0; g < group; ++g)
        init.push_back(e.load(part, scratch, e.add(sumAt(g), c * 4)));
      SmallVector<Value> done =
          e.reduce(e.index(0), count, 1, init, [&](Value i, ValueRange sum) {
            Value row = e.add(values, e.mul(e.add(p, i), size * elementBytes));
            Value v = loadCache(width, e.add(row, c * elementBytes));
            SmallVector<Value> next;
            for (int64_t g = 0; g < group; ++g) {
              Value w =
                  e.load(e.f32(), scratch,
                         e.add(e.add(weights, g * tile * 4), e.mul(i, 4)));
              next.push_back(e.fma(v, w, sum[g]));
            }
            return next;
          });
      for (int64_t g = 0; g < group; ++g)
        e.store(done[g], scratch, e.add(sumAt(g), c * 4));
    }
  }

  Value loadCache(int64_t n, Value at) {
    Value v = e.load(e.vec(n, element), states, at);
    return element.isF32() ? v : e.toF32(v);
  }

  Value masked(Value scores, Value count) {
    return maskedTo(scores, count, -1e30);
  }
  Value maskedTo(Value v, Value count, double other) {
    VectorType ints = e.vec(tile, e.i32());
    SmallVector<int32_t> lane;
    for (int64_t i = 0; i < tile; ++i)
      lane.push_back(i);
    Value lanes = arith::ConstantOp::create(
        e.b, e.loc, DenseElementsAttr::get(ints, ArrayRef<int32_t>(lane)));
    Value inside = arith::CmpIOp::create(e.b, e.loc, arith::CmpIPredicate::slt,
                                         lanes, e.splat(e.toI32(count), tile));
    return arith::SelectOp::create(e.b, e.loc, inside, v,
                                   e.constant(v.getType(), other));
  }
};

} // namespace

LogicalResult StepBuilder::emitAttend(Emitter &e, FunctionScope &scope,
                                      exec::PhaseOp phase, exec::AttendOp op) {
  if (!op.getCausal())
    return op.emitError("attention over all tokens at once cannot be tiled; "
                        "only causal models can be compiled");
  int64_t heads = op.getHeads(), kvHeads = op.getKvHeads();
  int64_t size = op.getHeadSize(), group = heads / kvHeads;
  BufferRef queries = buffers.lookup(op.getQ());
  BufferRef out = buffer(phase.getName(), heads * size * 4);
  buffers[phase.getResult(0)] = out;

  Type element =
      cast<RankedTensorType>(op.getKeys().getType()).getElementType();
  HeadEmitter head(e, group, size, element);
  head.scratch = e.pointer("scratch");
  head.states = e.pointer("state");
  head.queryStride = queries.elementStride;
  head.sums = privateAddress(e, "attend.sums", group * size * 4);
  head.weights =
      privateAddress(e, "attend.weights", group * HeadEmitter::tile * 4);
  Value base = cacheBase(e, scope.state(cacheOf(op.getKeys())));
  Value queriesAt = bufferAddress(e, queries), outAt = bufferAddress(e, out);
  Value context = e.field("context"), position = e.field("position");
  Value headBytes = e.mul(context, size * head.elementBytes);

  // Item i is token i % count of key head i / count: with as many threads as
  // key heads, or fewer, the shares are even though later tokens see more.
  Value tokens = count(e);
  auto [lo, hi] = e.share(e.mul(tokens, kvHeads));
  e.loop(lo, hi, 1, [&](Value item) {
    Value kv = e.div(item, tokens);
    Value t = e.sub(item, e.mul(kv, tokens));
    Value row = e.add(queriesAt, e.mul(t, queries.rowBytes));
    head.queries = e.add(row, e.mul(kv, group * queries.elementStride));
    head.keys = e.add(base, e.mul(kv, headBytes));
    head.values = e.add(base, e.mul(e.add(kv, kvHeads), headBytes));
    head.output = e.add(e.add(outAt, e.mul(t, out.rowBytes)),
                        e.mul(kv, group * size * 4));
    head.emit(e.add(e.add(position, t), 1));
  });
  return success();
}

/// The state that a cache began as: through phases to the layer's argument.
Value StepBuilder::cacheOf(Value cache) {
  while (auto result = dyn_cast<OpResult>(cache)) {
    if (auto append = dyn_cast<exec::CacheAppendOp>(result.getOwner()))
      cache =
          result.getResultNumber() == 0 ? append.getKeys() : append.getValues();
    else if (auto phase = dyn_cast<exec::PhaseOp>(result.getOwner()))
      cache = cast<exec::YieldOp>(phase.getBody().front().getTerminator())
                  .getValues()[result.getResultNumber()];
    else
      break;
  }
  return cache;
}
