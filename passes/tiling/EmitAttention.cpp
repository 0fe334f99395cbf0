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

  /// Tokens in tiles, each through all positions by one thread.
  void emitTiles(FunctionScope &scope, exec::AttendOp op,
                 const BufferRef &queries, const BufferRef &out) {
    block.inPairs = builder.entry.attendsInPairs && block.element.isF16();
    begin(scope, op, queries, tokensOfTile);
    int64_t bytes = tokensOfTile * group * block.recordBytes();
    block.records = builder.privateAddress(e, "attend.records", bytes);
    Value whole = builder.privateAddress(e, "attend.whole", bytes);
    Value outAt = builder.bufferAddress(e, out);

    // Item i is tile i % tiles of key head i / tiles: with as many threads as
    // key heads, or fewer, the shares are even though later tokens see more.
    Value tokens = builder.count(e);
    Value tiles = e.div(e.add(tokens, tokensOfTile - 1), tokensOfTile);
    auto [lo, hi] = e.share(e.mul(tiles, kvHeads));
    e.loop(lo, hi, 1, [&](Value item) {
      Value kv = e.div(item, tiles);
      Value t = e.mul(e.sub(item, e.mul(kv, tiles)), tokensOfTile);
      Value n = e.min(e.sub(tokens, t), e.index(tokensOfTile));
      enter(kv, t, n, queries);
      Value end = e.sub(e.add(block.seen, n), e.index(1));
      block.forRows([&](Value row) { store(nothing(), recordOf(whole, row)); });
      e.loop(e.index(0), segmentsOf(end), 1, [&](Value segment) {
        auto [from, to] = boundsOf(segment, end);
        block.emit(from, to);
        block.forRows([&](Value row) {
          Record merged = merge(load(recordOf(whole, row)),
                                load(recordOf(block.records, row)));
          store(merged, recordOf(whole, row));
        });
      });
      block.forRows([&](Value row) {
        Value token = e.div(row, group);
        Value to = e.add(outAt, e.mul(e.add(t, token), out.rowBytes));
        Value head = e.add(e.mul(kv, group), e.sub(row, e.mul(token, group)));
        finish(load(recordOf(whole, row)), e.add(to, e.mul(head, size * 4)));
      });
    });
  }

  /// One token: threads divide the segments of all key heads, and leave what
  /// they know of each in `parts`.
  void emitSegments(FunctionScope &scope, exec::AttendOp op,
                    const BufferRef &queries, const BufferRef &parts) {
    begin(scope, op, queries, 1);
    block.interleaved = true;
    Value partsAt = builder.bufferAddress(e, parts);
    Value end = e.add(position, 1), segments = segmentsOf(end);
    auto [lo, hi] = e.share(e.mul(segments, kvHeads));
    e.loop(lo, hi, 1, [&](Value item) {
      Value kv = e.div(item, segments);
      Value segment = e.sub(item, e.mul(kv, segments));
      enter(kv, e.index(0), e.index(1), queries);
      block.records = recordOf(partsAt, partOf(segment, e.mul(kv, group)));
      auto [from, to] = boundsOf(segment, end);
      block.emit(from, to);
    });
  }

  /// What all threads left becomes the token's output, for each thread.
  void mergeSegments(const BufferRef &parts, const BufferRef &out) {
    Value partsAt = builder.bufferAddress(e, parts);
    Value outAt = builder.bufferAddress(e, out);
    Value segments = segmentsOf(e.add(position, 1));
    e.loop(e.index(0), e.index(heads), 1, [&](Value head) {
      Record first = nothing();
      SmallVector<Value> merged = e.reduce(
          e.index(0), segments, 1, {first.values, first.largest, first.total},
          [&](Value segment, ValueRange in) {
            Record next = merge({in[0], in[1], in[2]},
                                load(recordOf(partsAt, partOf(segment, head))));
            return SmallVector<Value>{next.values, next.largest, next.total};
          });
      finish({merged[0], merged[1], merged[2]},
             e.add(outAt, e.mul(head, size * 4)));
    });
  }

  int64_t partsBytes() { return mostSegments * heads * block.recordBytes(); }

private:
  void begin(FunctionScope &scope, exec::AttendOp op, const BufferRef &queries,
             int64_t tokens) {
    block.queries = builder.privateAddress(e, "attend.queries",
                                           tokens * group * block.queryBytes());
    if (block.inPairs) {
      block.pairedKeys =
          builder.privateAddress(e, "attend.keys", block.pairedBytes());
      block.pairedValues =
          builder.privateAddress(e, "attend.values", block.pairedBytes());
    }
    block.weights =
        builder.privateAddress(e, "attend.weights", block.weightBytes(tokens));
    cache = builder.cacheBase(e, scope.state(builder.cacheOf(op.getKeys())));
    headBytes = e.mul(e.field("context"), size * block.elementBytes);
    queriesAt = builder.bufferAddress(e, queries);
  }

  /// The block is that of `n` tokens from `t` on and of a key head.
  void enter(Value kv, Value t, Value n, const BufferRef &queries) {
    block.tokens = n;
    block.seen = e.add(e.add(position, t), 1);
    block.keys = e.add(cache, e.mul(kv, headBytes));
    block.values = e.add(cache, e.mul(e.add(kv, kvHeads), headBytes));
    loadQueries(e.add(e.add(queriesAt, e.mul(t, queries.rowBytes)),
                      e.mul(kv, group * queries.elementStride)),
                queries);
  }

  struct Record {
    Value values, largest, total;
  };

  Value recordOf(Value records, Value row) {
    return e.add(records, e.mul(row, block.recordBytes()));
  }
  Record load(Value at) {
    return {e.load(e.vec(size, e.f32()), block.scratch, at),
            e.load(e.f32(), block.scratch, e.add(at, block.maximumAt())),
            e.load(e.f32(), block.scratch, e.add(at, block.totalAt()))};
  }
  void store(const Record &record, Value at) {
    e.store(record.values, block.scratch, at);
    e.store(record.largest, block.scratch, e.add(at, block.maximumAt()));
    e.store(record.total, block.scratch, e.add(at, block.totalAt()));
  }
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
      block.storeQuery(row, e.fmul(e.load(channels, block.scratch, at), scale));
    });
  }

  Value partOf(Value segment, Value head) {
    return e.add(e.mul(segment, heads), head);
  }
  Value segmentsOf(Value end) {
    return e.min(e.add(e.div(e.sub(end, e.index(1)), segmentPositions), 1),
                 e.index(mostSegments));
  }
  std::pair<Value, Value> boundsOf(Value segment, Value end) {
    Value isLast = e.less(e.index(mostSegments - 2), segment);
    Value from = e.mul(segment, segmentPositions);
    Value to = e.min(e.add(from, segmentPositions), end);
    return {from, e.select(isLast, end, to)};
  }

  StepBuilder &builder;
  Emitter &e;
  int64_t heads, kvHeads, group, size;
  AttentionBlock block;
  Value position, cache, headBytes, queriesAt;
};

} // namespace

LogicalResult StepBuilder::emitAttend(Emitter &e, FunctionScope &scope,
                                      exec::PhaseOp phase, exec::AttendOp op) {
  if (!op.getCausal())
    return op.emitError("attention over all tokens at once cannot be tiled; "
                        "only causal models can be compiled");
  auto heads = dyn_cast_or_null<lfm2::HeadNormRopeOp>(makerOf(op.getQ()));
  if (!heads || heads.getHeads() != op.getHeads() ||
      heads.getHeadSize() != op.getHeadSize())
    return op.emitError("expects 'q' to be the ")
           << op.getHeads() << " heads of " << op.getHeadSize()
           << " that a lfm2.head_norm_rope of a phase before it made";
  BufferRef queries = buffers.lookup(op.getQ());
  int64_t rowBytes = op.getHeads() * op.getHeadSize() * 4;
  AttendEmitter attend(*this, e, op);
  if (!entry.isSingle()) {
    BufferRef out = buffer(freeRole(phase, phase.getName()), rowBytes);
    buffers[phase.getResult(0)] = out;
    attend.emitTiles(scope, op, queries, out);
    return success();
  }
  // Merging is little work, less than to meet once more: the next phase, whose
  // threads each prepare their input, begins with it.
  BufferRef parts = buffer("attend.parts", attend.partsBytes());
  BufferRef out = privateBuffer(freeRole(phase, phase.getName()), rowBytes);
  buffers[phase.getResult(0)] = out;
  attend.emitSegments(scope, op, queries, parts);
  beforeNextPhase = [this, op, parts, out](Emitter &next) {
    AttendEmitter(*this, next, op).mergeSegments(parts, out);
  };
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
