//===- EmitAttention.cpp - attention over the cache -----------------------===//
//
// A thread takes some tokens of one key head at a time through the positions
// that they see. Positions come in segments of a fixed length: what is known of
// a segment is merged into what is known of those before it, in their order.
// So threads may also divide the segments of a single token, and the result
// does not tell who did what.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/tiling/AttentionBlock.h"
#include "passes/tiling/StepBuilder.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

namespace {

/// Positions of a segment; the last segment has all that follow.
constexpr int64_t segmentPositions = 1024;
constexpr int64_t mostSegments = 128;

constexpr double log2e = 1.4426950408889634;

/// Tokens that share what is loaded of the cache.
constexpr int64_t tokensOfTile = 16;

class AttendEmitter {
public:
  AttendEmitter(StepBuilder &builder, Emitter &e, exec::AttendOp op)
      : builder(builder), e(e), heads(op.getHeads()), kvHeads(op.getKvHeads()),
        group(heads / kvHeads), size(op.getHeadSize()),
        block(e, group, size,
              cast<RankedTensorType>(op.getKeys().getType()).getElementType()) {
    block.scratch = e.pointer("scratch");
    block.states = e.pointer("state");
    position = e.field("position");
  }

  void emit(FunctionScope &scope, exec::AttendOp op, const BufferRef &queries,
            const BufferRef &out) {
    int64_t tile = builder.entry.isSingle() ? 1 : tokensOfTile;
    block.queries =
        builder.privateAddress(e, "attend.queries", tile * group * size * 4);
    block.weights =
        builder.privateAddress(e, "attend.weights", block.weightBytes(tile));
    block.interleaved = builder.entry.isSingle();
    Value records = builder.privateAddress(e, "attend.records",
                                           tile * group * block.recordBytes());
    Value whole = builder.privateAddress(e, "attend.whole",
                                         tile * group * block.recordBytes());
    block.records = records;
    Value base =
        builder.cacheBase(e, scope.state(builder.cacheOf(op.getKeys())));
    Value headBytes = e.mul(e.field("context"), size * block.elementBytes);
    Value queriesAt = builder.bufferAddress(e, queries);
    Value outAt = builder.bufferAddress(e, out);

    // Item i is tile i % tiles of key head i / tiles: with as many threads as
    // key heads, or fewer, the shares are even though later tokens see more.
    Value tokens = builder.count(e);
    Value tiles = e.div(e.add(tokens, tile - 1), tile);
    auto [lo, hi] = e.share(e.mul(tiles, kvHeads));
    e.loop(lo, hi, 1, [&](Value item) {
      Value kv = e.div(item, tiles);
      Value t = e.mul(e.sub(item, e.mul(kv, tiles)), tile);
      Value n = e.min(e.sub(tokens, t), e.index(tile));
      block.tokens = n;
      block.seen = e.add(e.add(position, t), 1);
      block.keys = e.add(base, e.mul(kv, headBytes));
      block.values = e.add(base, e.mul(e.add(kv, kvHeads), headBytes));
      Value head = e.mul(kv, group);
      loadQueries(e.add(e.add(queriesAt, e.mul(t, queries.rowBytes)),
                        e.mul(head, queries.elementStride)),
                  queries);

      Value end = e.sub(e.add(block.seen, n), e.index(1));
      block.forRows([&](Value row) { clearRecord(recordOf(whole, row)); });
      e.loop(e.index(0), segmentsOf(end), 1, [&](Value segment) {
        auto [from, to] = boundsOf(segment, end);
        block.emit(from, to);
        block.forRows([&](Value row) {
          Record merged = merge(loadRecord(recordOf(whole, row)),
                                loadRecord(recordOf(records, row)));
          storeRecord(merged, recordOf(whole, row));
        });
      });
      Value to =
          e.add(e.add(outAt, e.mul(t, out.rowBytes)), e.mul(head, size * 4));
      block.forRows([&](Value row) {
        Value token = e.div(row, group);
        finish(loadRecord(recordOf(whole, row)),
               e.add(e.add(to, e.mul(token, out.rowBytes)),
                     e.mul(e.sub(row, e.mul(token, group)), size * 4)));
      });
    });
  }

private:
  struct Record {
    Value values, largest, total;
  };

  Value recordOf(Value records, Value row) {
    return e.add(records, e.mul(row, block.recordBytes()));
  }
  Record loadRecord(Value at) {
    return {e.load(e.vec(size, e.f32()), block.scratch, at),
            e.load(e.f32(), block.scratch, e.add(at, block.maximumAt())),
            e.load(e.f32(), block.scratch, e.add(at, block.totalAt()))};
  }
  void storeRecord(const Record &record, Value at) {
    e.store(record.values, block.scratch, at);
    e.store(record.largest, block.scratch, e.add(at, block.maximumAt()));
    e.store(record.total, block.scratch, e.add(at, block.totalAt()));
  }
  void clearRecord(Value at) { storeRecord(nothing(), at); }
  Record nothing() {
    return {e.constant(e.vec(size, e.f32()), 0),
            e.constant(e.f32(), AttentionBlock::lowest),
            e.constant(e.f32(), 0)};
  }
  /// Exact where one of them is of no position.
  Record merge(const Record &a, const Record &c) {
    Value most = e.fmax(a.largest, c.largest);
    Value shrinkA = e.exp2Negative(e.fsub(a.largest, most));
    Value shrinkC = e.exp2Negative(e.fsub(c.largest, most));
    return {e.fma(c.values, shrinkC, e.fmul(a.values, shrinkA)), most,
            e.fma(c.total, shrinkC, e.fmul(a.total, shrinkA))};
  }
  void finish(const Record &record, Value to) {
    Value inverse = e.fdiv(e.constant(e.f32(), 1), record.total);
    e.store(e.fmul(record.values, inverse), block.scratch, to);
  }

  /// Copies queries: rows of different tokens lie far apart, often in the same
  /// sets of a cache.
  void loadQueries(Value from, const BufferRef &queries) {
    Value scale = e.constant(e.f32(), log2e / std::sqrt(double(size)));
    VectorType channels = e.vec(size, e.f32());
    block.forRows([&](Value row) {
      Value token = e.div(row, group);
      Value at =
          e.add(e.add(from, e.mul(token, queries.rowBytes)),
                e.mul(e.sub(row, e.mul(token, group)), queries.elementStride));
      e.store(e.fmul(e.load(channels, block.scratch, at), scale), block.scratch,
              e.add(block.queries, e.mul(row, size * 4)));
    });
  }

  Value segmentsOf(Value end) {
    return e.min(e.add(e.div(e.sub(end, e.index(1)), segmentPositions), 1),
                 e.index(mostSegments));
  }
  std::pair<Value, Value> boundsOf(Value segment, Value end) {
    Value isLast = e.less(e.index(mostSegments - 2), segment);
    Value from = e.mul(segment, segmentPositions);
    Value to = e.min(e.add(from, segmentPositions), end);
    return {from, arith::SelectOp::create(e.b, e.loc, isLast, end, to)};
  }

  StepBuilder &builder;
  Emitter &e;
  int64_t heads, kvHeads, group, size;
  AttentionBlock block;
  Value position;
};

} // namespace

LogicalResult StepBuilder::emitAttend(Emitter &e, FunctionScope &scope,
                                      exec::PhaseOp phase, exec::AttendOp op) {
  if (!op.getCausal())
    return op.emitError("attention over all tokens at once cannot be tiled; "
                        "only causal models can be compiled");
  BufferRef queries = buffers.lookup(op.getQ());
  BufferRef out = buffer(phase.getName(), op.getHeads() * op.getHeadSize() * 4);
  buffers[phase.getResult(0)] = out;
  AttendEmitter(*this, e, op).emit(scope, op, queries, out);
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
