//===- RunContraction.cpp - groups of rows, tiles of tokens ---------------===//

#include "passes/tiling/Contraction.h"

using namespace mlir;
using namespace lfm2c;

ContractionRunner::ContractionRunner(StepBuilder &builder, Emitter &e,
                                     const StepBuilder::Prepared &in,
                                     ArrayRef<Contraction> all)
    : builder(builder), e(e), in(in), scratch(e.pointer("scratch")),
      weights(e.pointer("weights")), near(e.pointer("near")) {
  int64_t tokens = e.facts.dotTileTokens, panels = 0, products = 0;
  size_t segments = 0;
  for (const Contraction &c : all) {
    if (!takesTiles(c.spec))
      continue;
    int64_t panelsOfThis = 0;
    for (const SegmentSpec &s : c.spec.segments) {
      PackedLayout packed(s.format, c.spec.lanes);
      panelsOfThis += tilePanelBytes(packed, c.spec.columns);
      products = std::max(products, tileProductBytes(packed, tokens));
    }
    panels = std::max(panels, panelsOfThis);
    segments = std::max(segments, c.spec.segments.size());
  }
  if (segments == 0)
    return;
  tileProducts = builder.privateAddress(
      e, "tile", products + segments * tokens * e.facts.lanes * 4);
  tileSums = e.add(tileProducts, products);
  if (panels)
    tilePanels = builder.privateAddress(e, "panels", panels);
}

ContractionRunner::Share ContractionRunner::shareOf(const Contraction &c) {
  auto [lo, hi] = e.share(e.index(c.finishUnit ? c.spec.unitsPerSegment()
                                               : c.spec.groupsPerUnit()));
  return {lo, hi};
}

void ContractionRunner::run(const Contraction &c, Value base,
                            const Share &share, Value first, Value last) {
  Operands o{c, base, first, last, Value()};
  int64_t unit = c.finishUnit ? c.spec.groupsPerUnit() : 1;
  Share groups{e.mul(share.lo, unit), e.mul(share.hi, unit)};
  if (!builder.isStaged(c.spec))
    byTokens(o, [&] { runOne(o, groups); }, [&] { runMany(o, groups); });
  else
    builder.forStaged(
        e, c.spec, base, groups.lo, groups.hi, [&](Value group, Value slot) {
          Operands staged{c, base, first, last, slot};
          byTokens(
              staged, [&] { runGroups(staged, group, first, 1); },
              [&] { runGroup(staged, group, endOfTiles(staged)); });
        });
  if (c.finishUnit)
    e.loop(share.lo, share.hi, 1, [&](Value item) {
      e.loop(first, last, 1, [&](Value t) { c.finishUnit(t, item); });
    });
}

void ContractionRunner::byTokens(const Operands &o,
                                 llvm::function_ref<void()> one,
                                 llvm::function_ref<void()> many) {
  if (builder.entry.isSingle())
    return one();
  if (!o.c.isOftenForOne)
    return many();
  Value most = e.add(o.first, 1);
  e.ifThen(e.less(most, o.last), many);
  e.ifThen(e.equal(most, o.last), one);
}

Value ContractionRunner::startOf(const Operands &o, Value group) {
  return o.slot ? o.slot : e.add(o.base, e.mul(group, o.c.spec.stepBytes()));
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

void ContractionRunner::runOne(const Operands &o, const Share &groups) {
  int64_t streams = builder.schedule.getStreams();
  auto run = [&](ArrayRef<Value> tile) {
    runGroups(o, tile, o.first, 1, builder.schedule.getPrefetch());
  };
  Value rest = groups.lo;
  if (streams > 1) {
    Value length = e.div(e.sub(groups.hi, groups.lo), streams);
    e.loop(e.index(0), length, 1, [&](Value i) {
      SmallVector<Value> tile;
      for (int64_t s = 0; s < streams; ++s)
        tile.push_back(e.add(e.add(groups.lo, i), e.mul(length, s)));
      run(tile);
    });
    rest = e.add(rest, e.mul(length, streams));
  }
  e.loop(rest, groups.hi, 1, [&](Value group) { run(group); });
}

void ContractionRunner::runMany(const Operands &o, const Share &groups) {
  Value byTiles = endOfTiles(o);
  e.loop(groups.lo, groups.hi, 1,
         [&](Value group) { runGroup(o, group, byTiles); });
}

void ContractionRunner::runGroup(const Operands &o, Value group,
                                 Value byTiles) {
  if (!byTiles)
    return forTokenTiles(
        o, [&](Value t, int64_t n) { runGroups(o, group, t, n); });
  runTiles(o, group, byTiles);
  e.loop(byTiles, o.last, 1, [&](Value t) { runGroups(o, group, t, 1); });
}

/// The end of the tokens from `first` on that go in tiles of `width`, the last
/// of which at least `least` of them fill.
static Value endInTiles(Emitter &e, Value first, Value last, int64_t width,
                        int64_t least) {
  Value tokens = e.sub(last, first);
  return e.add(first, e.roundDown(e.add(tokens, width - least), width));
}

void ContractionRunner::forTokenTiles(
    const Operands &o, llvm::function_ref<void(Value, int64_t)> tile) {
  int64_t width = builder.schedule.getTokens();
  Value tiled = endInTiles(e, o.first, o.last, width, leastOfTile());
  e.loop(o.first, tiled, width, [&](Value t) { tile(t, width); });
  if (width > 1)
    e.loop(tiled, o.last, 1, [&](Value t) { tile(t, 1); });
}

int64_t ContractionRunner::leastOfTile() const {
  return builder.schedule.getTokens() / 2 + 1;
}

void ContractionRunner::runGroups(const Operands &o, ArrayRef<Value> tile,
                                  Value t, int64_t n, int64_t prefetchBytes) {
  const PackedSpec &spec = o.c.spec;
  SmallVector<Value> records, at;
  for (int64_t i = 0; i < n; ++i)
    records.push_back(e.add(in.offset, e.mul(e.add(t, i), in.rowBytes)));
  for (Value group : tile)
    at.push_back(startOf(o, group));
  SmallVector<SmallVector<Value>> sums;
  for (const SegmentSpec &s : spec.segments) {
    PackedLayout packed(s.format, spec.lanes);
    sums.push_back(
        emitGroupDots(e, {packed, spec.columns, weightsOf(o), at, in.base,
                          records, in.layout, prefetchBytes}));
    for (Value &offset : at)
      offset = e.add(offset, packed.groupBytes(spec.columns));
  }
  for (size_t g = 0; g < tile.size(); ++g)
    for (int64_t i = 0; i < n; ++i) {
      Value token = e.add(t, i), row = e.mul(tile[g], spec.lanes);
      SmallVector<Value> values;
      for (const auto &segment : sums)
        values.push_back(segment[g * n + i]);
      auto finish = [&] { o.c.finish(token, row, values); };
      if (i < leastOfTile())
        finish();
      else
        e.ifThen(e.less(token, o.last), finish);
    }
}

//===----------------------------------------------------------------------===//
// The target's own tiles
//===----------------------------------------------------------------------===//

bool ContractionRunner::takesTiles(const PackedSpec &spec) const {
  // Where vectors make the products, for no more tokens than their registers
  // hold the sums of, all that a tile saves is to unpack the weights again.
  const exec::TargetFacts &facts = e.facts;
  bool byVectors = facts.dotTileTokens <= facts.sumsAtOnce();
  return !builder.entry.isSingle() && facts.dotTileTokens > 0 &&
         builder.schedule.getTokens() == facts.dotTileTokens &&
         llvm::all_of(spec.segments, [&](const SegmentSpec &s) {
           const FormatInfo &info = getFormatInfo(s.format);
           return info.isQuantized() && !(byVectors && info.bits == 8);
         });
}

Value ContractionRunner::endOfTiles(const Operands &o) {
  if (!takesTiles(o.c.spec))
    return Value();
  // A tile's vectors scale all of its tokens, so one costs as much as some
  // tokens of their own: a quarter of its tokens, by the count of vectors.
  int64_t width = e.facts.dotTileTokens;
  int64_t least = std::max<int64_t>(1, width / 4);
  return e.min(o.last, endInTiles(e, o.first, o.last, width, least));
}

void ContractionRunner::runTiles(const Operands &o, Value group, Value end) {
  int64_t width = e.facts.dotTileTokens, sumBytes = e.facts.lanes * 4;
  int64_t columns = o.c.spec.columns;
  struct Segment {
    PackedLayout packed;
    Value start, panel;
  };
  SmallVector<Segment, 3> segments;
  Value start = startOf(o, group);
  Value panel = tilePanels;
  for (const SegmentSpec &s : o.c.spec.segments) {
    PackedLayout packed(s.format, o.c.spec.lanes);
    segments.push_back({packed, start, panel});
    start = e.add(start, packed.groupBytes(columns));
    if (int64_t bytes = tilePanelBytes(packed, columns))
      panel = e.add(panel, bytes);
  }
  auto sumAt = [&](size_t segment, Value token) {
    return e.add(e.add(tileSums, segment * width * sumBytes),
                 e.mul(token, sumBytes));
  };
  e.ifThen(e.less(o.first, end), [&] {
    for (const Segment &s : segments)
      if (tilePanelBytes(s.packed, columns))
        emitTilePanel(e, s.packed, columns, weightsOf(o), s.start, scratch,
                      s.panel);
  });
  e.loop(o.first, end, width, [&](Value t) {
    SmallVector<Value> records = {e.add(in.offset, e.mul(t, in.rowBytes))};
    for (int64_t i = 1; i < width; ++i)
      records.push_back(e.add(records[0], i * in.rowBytes));
    for (auto [i, s] : llvm::enumerate(segments)) {
      SmallVector<Value> sums =
          emitTileDots(e,
                       {s.packed, columns, weightsOf(o), s.start, in.base,
                        records, in.layout},
                       {scratch, s.panel, tileProducts});
      for (auto [token, sum] : llvm::enumerate(sums))
        e.store(sum, scratch, sumAt(i, e.index(token)));
    }
    Value most = e.min(e.sub(end, t), e.index(width));
    e.loop(e.index(0), most, 1, [&](Value token) {
      SmallVector<Value> values;
      for (size_t i = 0; i < segments.size(); ++i)
        values.push_back(e.load(e.lanesF32(), scratch, sumAt(i, token)));
      o.c.finish(e.add(t, token), e.mul(group, o.c.spec.lanes), values);
    });
  });
}
