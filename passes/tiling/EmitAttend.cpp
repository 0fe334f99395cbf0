// Attention over the cache.
//
// A thread takes some tokens of one key head at a time through the positions
// that they see. Of a single token, threads divide the segments of positions.

#include "passes/tiling/AttentionSpan.h"
#include "passes/tiling/PhaseEmitters.h"
#include <cmath>

using namespace mlir;
using namespace lfm2c;

namespace {

constexpr double log2e = 1.4426950408889634;

/// Tokens that share what is loaded of the cache.
constexpr int64_t tokensOfTile = 16;

/// Number of the record of a segment and query head of the only token.
Value numberOf(Emitter &e, int64_t heads, Value segment, Value head) {
  return e.add(e.mul(segment, heads), head);
}

CacheForm cacheForm(exec::AttendOp op) {
  return CacheForm(cast<RankedTensorType>(op.getKeys().getType()));
}

bool attendsInPairs(PhaseContext &context, exec::AttendOp op) {
  return context.getEntry().attendsInPairs && !cacheForm(op).element.isF32();
}

class AttendEmitter {
public:
  AttendEmitter(PhaseContext &context, exec::AttendOp op)
      : context(context), e(context.getEmitter()), op(op), heads(op.getHeads()),
        kvHeads(op.getKvHeads()), headsPerKv(heads / kvHeads),
        size(op.getHeadSize()), form(cacheForm(op)),
        span(e, {headsPerKv, form,
                 /*interleaved=*/context.isSingle() && !e.isWorkgroup() &&
                     !attendsInPairs(context, op),
                 attendsInPairs(context, op), op.getCausal()}),
        records(e, size), queries(context.getBuffers().lookup(op.getQ())) {}

  /// Tokens in tiles, each through all positions by one thread.
  void emitTiles(const BufferRef &out) {
    begin(tokensOfTile);
    int64_t bytes = headsPerKv * span.recordBytes();
    RowMemory ofSegment = rowMemory("attend.records", bytes, tokensOfTile);
    RowMemory whole = rowMemory("attend.whole", bytes, tokensOfTile);
    Value outAt = context.address(out);

    // Item i is tile i % tiles of key head i / tiles: with as many threads as
    // key heads, or fewer, the shares are even though later tokens see more.
    auto tilesOf = [&](const Run &run) {
      return e.div(e.add(run.getCount(), tokensOfTile - 1), tokensOfTile);
    };
    // Runs begin tiles of their own.
    context.getRuns().forShare(
        kvHeads * context.getEntry().tokens,
        [&](const Run &run) { return e.mul(tilesOf(run), kvHeads); },
        [&](const Run &run) { enterRun(run); },
        [&](const Run &run, Value item) {
          Value tiles = tilesOf(run), kv = e.div(item, tiles);
          Value of = e.mul(e.sub(item, e.mul(kv, tiles)), tokensOfTile);
          Value first = e.add(of, run.getFirst());
          emitTile(run, kv, of,
                   {placeOf(ofSegment, kv, first), placeOf(whole, kv, first),
                    outAt, out.rowBytes});
        });
  }

  /// One token: threads divide the segments of all key heads, and leave what
  /// they know of each in `partials`.
  void emitSegments(const BufferRef &partials) {
    begin(1);
    enterRun(context.getRuns().at(e.index(0)));
    Value partialsAt = context.address(partials);
    Value end = e.add(e.field("position"), 1);
    Value segments = AttentionRecords::segmentsOf(e, end);
    auto [lo, hi] = e.share(e.mul(segments, kvHeads),
                            AttentionRecords::mostSegments * kvHeads);
    e.loop(lo, hi, 1, [&](Value item) {
      Value kv = e.div(item, segments);
      Value segment = e.sub(item, e.mul(kv, segments));
      useMemory(kv, segment);
      enter(kv, e.index(0), e.index(1), end);
      span.recordAt(records.addressOf(
          partialsAt, numberOf(e, heads, segment, e.mul(kv, headsPerKv))));
      auto [from, to] = AttentionRecords::boundsOf(e, segment, end);
      span.emit(from, to);
    });
  }

  int64_t partialBytes() {
    return AttentionRecords::mostSegments * heads * span.recordBytes();
  }

private:
  /// Of emitTiles(): records of a segment, and of all before it; the output.
  struct TileMemory {
    Value ofSegment, whole, outAt;
    int64_t outBytes;
  };
  /// Up to tokensOfTile tokens of a run, from its token `of` on.
  void emitTile(const Run &run, Value kv, Value of, const TileMemory &memory) {
    Value t = e.add(of, run.getFirst());
    Value n = e.min(e.sub(run.getCount(), of), e.index(tokensOfTile));
    Value seen = op.getCausal() ? e.add(run.positionOf(t), 1)
                                : e.add(run.getPosition(), run.getCount());
    useMemory(kv, t);
    span.recordAt(memory.ofSegment);
    enter(kv, t, n, seen);
    Value end = op.getCausal() ? e.sub(e.add(seen, n), e.index(1)) : seen;
    auto recordIn = [&](Value base, Value row) {
      return records.addressOf(base, row);
    };
    span.forRows([&](Value row) {
      records.store(records.nothing(), recordIn(memory.whole, row));
    });
    Value segments = AttentionRecords::segmentsOf(e, end);
    e.loop(e.index(0), segments, 1, [&](Value segment) {
      auto [from, to] = AttentionRecords::boundsOf(e, segment, end);
      span.emit(from, to);
      span.forRows([&](Value row) {
        AttentionRecords::Record merged =
            records.merge(records.load(recordIn(memory.whole, row)),
                          records.load(recordIn(memory.ofSegment, row)));
        records.store(merged, recordIn(memory.whole, row));
      });
    });
    span.forRows([&](Value row) {
      Value token = e.div(row, headsPerKv);
      Value to = e.add(memory.outAt, e.mul(e.add(t, token), memory.outBytes));
      Value head =
          e.add(e.mul(kv, headsPerKv), e.sub(row, e.mul(token, headsPerKv)));
      records.finish(records.load(recordIn(memory.whole, row)), scratch,
                     e.add(to, e.mul(head, size * 4)));
    });
  }

  /// Scratch for the rows of a tile: each thread's own; or, since there may be
  /// any number of workgroups, that of the tile's tokens and key head, or of
  /// the segment of the only token.
  struct RowMemory {
    Value at;
    int64_t tokenBytes; ///< Of the rows of a key head of a token.
  };
  RowMemory rowMemory(StringRef role, int64_t tokenBytes, int64_t tokens) {
    if (!e.isWorkgroup())
      return {context.privateAddress(role, tokenBytes * tokens), tokenBytes};
    BufferRef all = context.getBuffers().shared(role, tokenBytes * kvHeads,
                                                numberOfPlaces());
    return {context.address(all), tokenBytes};
  }
  int64_t numberOfPlaces() {
    return context.isSingle() ? AttentionRecords::mostSegments
                              : context.getEntry().tokens;
  }
  /// From token, or segment, `i` on.
  Value placeOf(const RowMemory &memory, Value kv, Value i) {
    if (!e.isWorkgroup())
      return memory.at;
    return e.add(memory.at, e.mul(e.add(e.mul(kv, numberOfPlaces()), i),
                                  memory.tokenBytes));
  }
  void useMemory(Value kv, Value i) {
    if (!e.isWorkgroup())
      return;
    memory.queries = placeOf(queryMemory, kv, i);
    memory.weights = placeOf(weightMemory, kv, i);
    span.use(memory);
  }

  void begin(int64_t tokens) {
    scratch = e.pointer("scratch");
    queryMemory =
        rowMemory("attend.queries", headsPerKv * span.queryBytes(), tokens);
    memory.queries = queryMemory.at;
    if (span.isInPairs()) {
      memory.pairedKeys =
          context.privateAddress("attend.keys", span.pairedBytes());
      memory.pairedValues =
          context.privateAddress("attend.values", span.pairedBytes());
    }
    weightMemory =
        rowMemory("attend.weights", span.weightBytes(tokens) / tokens, tokens);
    memory.weights = weightMemory.at;
    span.use(memory);
    state = context.getScope().state(cacheOf(op.getKeys()));
    queriesAt = context.address(queries);
  }

  /// What follows is of this run.
  void enterRun(const Run &run) {
    cache = context.getStates().cacheBase(e, run, state);
    headBytes = e.mul(run.getContext(), form.headBytes());
  }

  /// The span is that of `n` tokens from `t` on and of a key head; the first
  /// token sees `seen` positions.
  void enter(Value kv, Value t, Value n, Value seen) {
    Value keys = e.add(cache, e.mul(kv, headBytes));
    Value values = e.add(cache, e.mul(e.add(kv, kvHeads), headBytes));
    span.enter({keys, values, n, seen});
    loadQueries(e.add(e.add(queriesAt, e.mul(t, queries.rowBytes)),
                      e.mul(kv, headsPerKv * queries.elementStride)));
  }

  /// Copies queries: rows of different tokens lie far apart, often in the same
  /// sets of a cache.
  void loadQueries(Value from) {
    Value scale = e.constant(e.f32(), log2e / std::sqrt(double(size)));
    Value scratch = e.pointer("scratch");
    VectorType channels = e.vec(size, e.f32());
    span.forRows([&](Value row) {
      Value token = e.div(row, headsPerKv);
      Value at = e.add(
          e.add(from, e.mul(token, queries.rowBytes)),
          e.mul(e.sub(row, e.mul(token, headsPerKv)), queries.elementStride));
      span.storeQuery(row, e.fmul(e.load(channels, scratch, at), scale));
    });
  }

  PhaseContext &context;
  Emitter &e;
  exec::AttendOp op;
  int64_t heads, kvHeads, headsPerKv, size;
  CacheForm form;
  AttentionSpan span;
  AttentionRecords records;
  BufferRef queries;
  AttentionSpan::Memory memory;
  RowMemory queryMemory, weightMemory;
  Value scratch, state, queriesAt; ///< Since begin().
  Value cache, headBytes;          ///< Since enterRun().
};

} // namespace

/// Where each thread merges the only token's output for itself.
static BufferRef mergedRow(PhaseContext &context, int64_t heads, int64_t size) {
  return context.getBuffers().perThread("attend.merged", heads * size * 4);
}

LogicalResult lfm2c::emitAttend(PhaseContext &context, exec::AttendOp op) {
  auto heads = dyn_cast_or_null<exec::HeadNormRopeOp>(makerOf(op.getQ()));
  if (!heads || heads.getHeads() != op.getHeads() ||
      heads.getHeadSize() != op.getHeadSize())
    return op.emitError("expects 'q' to be the ")
           << op.getHeads() << " heads of " << op.getHeadSize()
           << " that an exec.head_norm_rope of a phase before it made";
  AttendEmitter attend(context, op);
  if (context.isSingle()) {
    BufferRef partials =
        context.buffer("attend.partials", attend.partialBytes());
    context.bindResult(op.getPartials(), partials);
    // The merged row of each thread has its place from here on, so that where
    // it lies does not depend on which phase merges.
    mergedRow(context, op.getHeads(), op.getHeadSize());
    attend.emitSegments(partials);
    return success();
  }
  BufferRef out = context.ownBuffer(context.getPhase().getName(),
                                    op.getHeads() * op.getHeadSize() * 4);
  context.bindResult(op.getPartials(), out);
  attend.emitTiles(out);
  return success();
}

void lfm2c::emitAttendMerge(PhaseContext &context, exec::AttendMergeOp op) {
  Emitter &e = context.getEmitter();
  Buffers &buffers = context.getBuffers();
  BufferRef partials = buffers.lookup(op.getPartials());
  if (!context.isSingle()) // Tiles are merged already.
    return context.bindResult(op.getOutput(), partials);
  int64_t heads = op.getHeads(), size = op.getHeadSize();
  AttentionRecords records(e, size);
  BufferRef out = mergedRow(context, heads, size);
  context.bindResult(op.getOutput(), out);
  Value end = e.add(e.field("position"), 1);
  Value partialsAt = context.address(partials), outAt = context.address(out);
  Value outBase = context.base(out);
  Value segments = AttentionRecords::segmentsOf(e, end);
  e.spread(e.index(0), e.index(heads), 1, [&](Value head) {
    AttentionRecords::Record first = records.nothing();
    SmallVector<Value> merged = e.reduce(
        e.index(0), segments, 1, {first.values, first.largest, first.total},
        [&](Value segment, ValueRange in) {
          AttentionRecords::Record next = records.merge(
              {in[0], in[1], in[2]},
              records.load(records.addressOf(
                  partialsAt, numberOf(e, heads, segment, head))));
          return SmallVector<Value>{next.values, next.largest, next.total};
        });
    records.finish({merged[0], merged[1], merged[2]}, outBase,
                   e.add(outAt, e.mul(head, size * 4)));
  });
  e.join();
}
