//===- EmitAttend.cpp - attention over the cache --------------------------===//
//
// A thread takes some tokens of one key head at a time through the positions
// that they see. Of a single token, threads divide the segments of positions.
//
//===----------------------------------------------------------------------===//

#include "passes/tiling/AttentionBlock.h"
#include "passes/tiling/PhaseEmitters.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr double log2e = 1.4426950408889634;

/// Tokens that share what is loaded of the cache.
constexpr int64_t tokensOfTile = 16;

/// Number of the record of a segment and query head of the only token.
Value partOf(Emitter &e, int64_t heads, Value segment, Value head) {
  return e.add(e.mul(segment, heads), head);
}

Type cacheElement(exec::AttendOp op) {
  return cast<RankedTensorType>(op.getKeys().getType()).getElementType();
}

class AttendEmitter {
public:
  AttendEmitter(PhaseContext &context, exec::AttendOp op)
      : context(context), e(context.getEmitter()), op(op), heads(op.getHeads()),
        kvHeads(op.getKvHeads()), group(heads / kvHeads),
        size(op.getHeadSize()),
        block(e, {group, size, cacheElement(op),
                  /*interleaved=*/context.isSingle(),
                  /*inPairs=*/!context.isSingle() &&
                      context.getEntry().attendsInPairs &&
                      cacheElement(op).isF16()}),
        records(e, size), position(e.field("position")),
        queries(context.getBuffers().lookup(op.getQ())) {}

  /// Tokens in tiles, each through all positions by one thread.
  void emitTiles(const BufferRef &out) {
    begin(tokensOfTile);
    int64_t bytes = tokensOfTile * group * block.recordBytes();
    Value ofSegment = context.privateAddress("attend.records", bytes);
    block.recordAt(ofSegment);
    Value whole = context.privateAddress("attend.whole", bytes);
    Value outAt = context.address(out);

    // Item i is tile i % tiles of key head i / tiles: with as many threads as
    // key heads, or fewer, the shares are even though later tokens see more.
    Value tokens = context.count();
    Value tiles = e.div(e.add(tokens, tokensOfTile - 1), tokensOfTile);
    auto [lo, hi] = e.share(e.mul(tiles, kvHeads));
    e.loop(lo, hi, 1, [&](Value item) {
      Value kv = e.div(item, tiles);
      Value t = e.mul(e.sub(item, e.mul(kv, tiles)), tokensOfTile);
      Value n = e.min(e.sub(tokens, t), e.index(tokensOfTile));
      Value seen = enter(kv, t, n);
      Value end = e.sub(e.add(seen, n), e.index(1));
      block.forRows([&](Value row) {
        records.store(records.nothing(), records.addressOf(whole, row));
      });
      Value segments = AttentionRecords::segmentsOf(e, end);
      e.loop(e.index(0), segments, 1, [&](Value segment) {
        auto [from, to] = AttentionRecords::boundsOf(e, segment, end);
        block.emit(from, to);
        block.forRows([&](Value row) {
          AttentionRecords::Record merged =
              records.merge(records.load(records.addressOf(whole, row)),
                            records.load(records.addressOf(ofSegment, row)));
          records.store(merged, records.addressOf(whole, row));
        });
      });
      block.forRows([&](Value row) {
        Value token = e.div(row, group);
        Value to = e.add(outAt, e.mul(e.add(t, token), out.rowBytes));
        Value head = e.add(e.mul(kv, group), e.sub(row, e.mul(token, group)));
        records.finish(records.load(records.addressOf(whole, row)),
                       e.add(to, e.mul(head, size * 4)));
      });
    });
  }

  /// One token: threads divide the segments of all key heads, and leave what
  /// they know of each in `parts`.
  void emitSegments(const BufferRef &parts) {
    begin(1);
    Value partsAt = context.address(parts);
    Value end = e.add(position, 1);
    Value segments = AttentionRecords::segmentsOf(e, end);
    auto [lo, hi] = e.share(e.mul(segments, kvHeads));
    e.loop(lo, hi, 1, [&](Value item) {
      Value kv = e.div(item, segments);
      Value segment = e.sub(item, e.mul(kv, segments));
      enter(kv, e.index(0), e.index(1));
      block.recordAt(records.addressOf(
          partsAt, partOf(e, heads, segment, e.mul(kv, group))));
      auto [from, to] = AttentionRecords::boundsOf(e, segment, end);
      block.emit(from, to);
    });
  }

  int64_t partsBytes() {
    return AttentionRecords::mostSegments * heads * block.recordBytes();
  }

private:
  void begin(int64_t tokens) {
    AttentionBlock::Memory memory;
    memory.queries = context.privateAddress(
        "attend.queries", tokens * group * block.queryBytes());
    if (block.isInPairs()) {
      memory.pairedKeys =
          context.privateAddress("attend.keys", block.pairedBytes());
      memory.pairedValues =
          context.privateAddress("attend.values", block.pairedBytes());
    }
    memory.weights =
        context.privateAddress("attend.weights", block.weightBytes(tokens));
    block.use(memory);
    cache = context.getStates().cacheBase(
        e, context.getScope().state(cacheOf(op.getKeys())));
    headBytes = e.mul(e.field("context"), size * block.getElementBytes());
    queriesAt = context.address(queries);
  }

  /// The block is that of `n` tokens from `t` on and of a key head. Returns how
  /// many positions the first token sees.
  Value enter(Value kv, Value t, Value n) {
    Value seen = e.add(e.add(position, t), 1);
    Value keys = e.add(cache, e.mul(kv, headBytes));
    Value values = e.add(cache, e.mul(e.add(kv, kvHeads), headBytes));
    block.enter({keys, values, n, seen});
    loadQueries(e.add(e.add(queriesAt, e.mul(t, queries.rowBytes)),
                      e.mul(kv, group * queries.elementStride)));
    return seen;
  }

  /// Copies queries: rows of different tokens lie far apart, often in the same
  /// sets of a cache.
  void loadQueries(Value from) {
    Value scale = e.constant(e.f32(), log2e / std::sqrt(double(size)));
    Value scratch = e.pointer("scratch");
    VectorType channels = e.vec(size, e.f32());
    block.forRows([&](Value row) {
      Value token = e.div(row, group);
      Value at =
          e.add(e.add(from, e.mul(token, queries.rowBytes)),
                e.mul(e.sub(row, e.mul(token, group)), queries.elementStride));
      block.storeQuery(row, e.fmul(e.load(channels, scratch, at), scale));
    });
  }

  PhaseContext &context;
  Emitter &e;
  exec::AttendOp op;
  int64_t heads, kvHeads, group, size;
  AttentionBlock block;
  AttentionRecords records;
  Value position;
  BufferRef queries;
  Value cache, headBytes, queriesAt; ///< Since begin().
};

} // namespace

/// Where each thread merges the only token's output for itself.
static BufferRef mergedRow(PhaseContext &context, int64_t heads, int64_t size) {
  return context.getBuffers().perThread("attend.merged", heads * size * 4);
}

LogicalResult lfm2c::emitAttend(PhaseContext &context, exec::AttendOp op) {
  if (!op.getCausal())
    return op.emitError("attention over all tokens at once cannot be tiled; "
                        "only causal models can be compiled");
  auto heads = dyn_cast_or_null<lfm2::HeadNormRopeOp>(makerOf(op.getQ()));
  if (!heads || heads.getHeads() != op.getHeads() ||
      heads.getHeadSize() != op.getHeadSize())
    return op.emitError("expects 'q' to be the ")
           << op.getHeads() << " heads of " << op.getHeadSize()
           << " that a lfm2.head_norm_rope of a phase before it made";
  AttendEmitter attend(context, op);
  if (context.isSingle()) {
    BufferRef parts = context.buffer("attend.parts", attend.partsBytes());
    context.bindResult(op.getParts(), parts);
    // The merged row of each thread has its place from here on, so that where
    // it lies does not depend on which phase merges.
    mergedRow(context, op.getHeads(), op.getHeadSize());
    attend.emitSegments(parts);
    return success();
  }
  BufferRef out = context.ownBuffer(context.getPhase().getName(),
                                    op.getHeads() * op.getHeadSize() * 4);
  context.bindResult(op.getParts(), out);
  attend.emitTiles(out);
  return success();
}

void lfm2c::emitAttendMerge(PhaseContext &context, exec::AttendMergeOp op) {
  Emitter &e = context.getEmitter();
  Buffers &buffers = context.getBuffers();
  BufferRef parts = buffers.lookup(op.getParts());
  if (!context.isSingle()) // Tiles are merged already.
    return context.bindResult(op.getOutput(), parts);
  int64_t heads = op.getHeads(), size = op.getHeadSize();
  AttentionRecords records(e, size);
  BufferRef out = mergedRow(context, heads, size);
  context.bindResult(op.getOutput(), out);
  Value end = e.add(e.field("position"), 1);
  Value partsAt = context.address(parts), outAt = context.address(out);
  Value segments = AttentionRecords::segmentsOf(e, end);
  e.loop(e.index(0), e.index(heads), 1, [&](Value head) {
    AttentionRecords::Record first = records.nothing();
    SmallVector<Value> merged = e.reduce(
        e.index(0), segments, 1, {first.values, first.largest, first.total},
        [&](Value segment, ValueRange in) {
          AttentionRecords::Record next =
              records.merge({in[0], in[1], in[2]},
                            records.load(records.addressOf(
                                partsAt, partOf(e, heads, segment, head))));
          return SmallVector<Value>{next.values, next.largest, next.total};
        });
    records.finish({merged[0], merged[1], merged[2]},
                   e.add(outAt, e.mul(head, size * 4)));
  });
}
