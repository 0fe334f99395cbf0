// Groups of rows, tiles of tokens.

#include "passes/Remarks.h"
#include "passes/tiling/Contraction.h"
#include "passes/tiling/NearMemory.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>

using namespace mlir;
using namespace lfm2c;

ContractionRunner::ContractionRunner(PhaseContext &context,
                                     const PreparedInput &in,
                                     ArrayRef<Contraction> all)
    : context(context), e(context.getEmitter()), in(in),
      scratch(e.pointer("scratch")), weights(e.pointer("weights")),
      near(e.pointer("near")) {
  int64_t tokens = e.facts.dotTileTokens, panels = 0, products = 0;
  size_t segments = 0;
  for (const Contraction &c : all) {
    remarkOn(c.spec);
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
  tileProducts = context.privateAddress(
      "tile", products + segments * tokens * e.facts.lanes * 4);
  tileSums = e.add(tileProducts, products);
  if (panels)
    tilePanels = context.privateAddress("panels", panels);
}

/// Whether weights of `format` are multiplied in tiles, where there are tiles.
static bool gainsInTiles(const exec::TargetFacts &facts, Format format) {
  // Where vectors make the products, for no more tokens than their registers
  // hold the sums of, all that a tile saves is to unpack the weights again.
  bool byVectors = facts.dotTileTokens <= facts.sumsAtOnce();
  const FormatInfo &info = getFormatInfo(format);
  return info.isQuantized() && !(byVectors && info.bits == 8);
}

void ContractionRunner::remarkOn(const PackedSpec &spec) const {
  const exec::TargetFacts &facts = e.facts;
  if (facts.nearBytes > 0 && !isStaged(facts, spec))
    declined(context.getPhase().getLoc(), "exec-tile-phases", "stages")
        << remark::reason("groups of {0} bytes are read where they lie: {1} "
                          "bytes of near memory of a thread do not hold two",
                          spec.stepBytes(),
                          facts.nearBytes / facts.nearThreads);
  if (facts.dotTileTokens == 0 || context.isSingle())
    return;
  const int64_t tokens = context.getSchedule().getTokens();
  if (tokens != facts.dotTileTokens)
    declined(context.getPhase().getLoc(), "exec-tile-phases", "tiles")
        << remark::reason("products are of vectors: the schedule takes {0} "
                          "tokens, a tile {1}",
                          tokens, facts.dotTileTokens);
  for (const SegmentSpec &s : spec.segments)
    if (!gainsInTiles(facts, s.format))
      declined(context.getPhase().getLoc(), "exec-tile-phases", "tiles")
          << remark::reason("products are of vectors: weights of {0} gain "
                            "nothing in tiles",
                            getFormatInfo(s.format).name);
}

ContractionRunner::Share ContractionRunner::shareOf(const Contraction &c) {
  int64_t items =
      c.rows->hasUnits() ? c.spec.unitsPerSegment() : c.spec.groupsPerUnit();
  auto [lo, hi] = e.share(e.index(items), items);
  return {lo, hi};
}

void ContractionRunner::run(const Contraction &c, Value base,
                            const Share &share, Value first, Value last) {
  int64_t unit = c.rows->hasUnits() ? c.spec.groupsPerUnit() : 1;
  Share groups{e.mul(share.lo, unit), e.mul(share.hi, unit)};
  if (isStaged(e.facts, c.spec))
    forStaged(context, c.spec, base, groups.lo, groups.hi,
              [&](Value group, Value slot) {
                runGroups({c, base, first, last, slot},
                          {group, e.add(group, 1)}, /*streams=*/1);
              });
  else
    runGroups({c, base, first, last, nullptr}, groups,
              context.getSchedule().getStreams());
  e.join();
  c.rows->finishShare(groups.lo, groups.hi);
  if (c.rows->hasUnits())
    finishUnits(c, share, first, last);
}

void ContractionRunner::finishUnits(const Contraction &c, const Share &share,
                                    Value first, Value last) {
  if (!e.isWorkgroup())
    return e.loop(share.lo, share.hi, 1, [&](Value item) {
      context.getRuns().forTokens(first, last, [&](const Run &run, Value t) {
        c.rows->finishUnit(run, t, item);
      });
    });
  Value tokens = e.sub(last, first);
  int64_t parts = c.rows->partsOfUnit();
  Value all = e.mul(e.mul(e.sub(share.hi, share.lo), tokens), parts);
  e.spread(e.index(0), all, 1, [&](Value i) {
    Value unit = e.div(i, parts), item = e.div(unit, tokens);
    Value t = e.add(first, e.sub(unit, e.mul(item, tokens)));
    c.rows->finishPart(context.getRuns().of(t), t, e.add(share.lo, item),
                       e.rem(i, parts));
  });
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

void ContractionRunner::runGroups(const Operands &o, const Share &groups,
                                  int64_t streams) {
  if (e.isWorkgroup())
    return runWorkgroup(o, groups);
  if (context.isSingle())
    return runOne(o, groups, streams);
  if (!o.c.takesOne)
    return runMany(o, groups, streams);
  Value next = e.add(o.first, 1);
  e.ifThen(e.equal(next, o.last), [&] { runOne(o, groups, streams); });
  e.ifThen(e.less(next, o.last), [&] { runMany(o, groups, streams); });
}

SmallVector<Value> ContractionRunner::sidesAt(const Share &groups, Value i,
                                              Value length, int64_t streams) {
  SmallVector<Value> sides;
  for (int64_t s = 0; s < streams; ++s)
    sides.push_back(e.add(e.add(groups.lo, i), e.mul(length, s)));
  return sides;
}

void ContractionRunner::runOne(const Operands &o, const Share &groups,
                               int64_t streams) {
  auto run = [&](ArrayRef<Value> sides) {
    runTile(o, {sides, nullptr, o.first, 1, 1, prefetch(o)});
  };
  // Groups that are left get code of their own, so that the hot loop has no
  // guards.
  Value rest = groups.lo;
  if (streams > 1) {
    Value length = e.div(e.sub(groups.hi, groups.lo), streams);
    e.loop(e.index(0), length, 1,
           [&](Value i) { run(sidesAt(groups, i, length, streams)); });
    rest = e.add(rest, e.mul(length, streams));
  }
  e.loop(rest, groups.hi, 1, [&](Value group) { run(group); });
}

void ContractionRunner::runMany(const Operands &o, const Share &groups,
                                int64_t streams) {
  bool ofTarget = takesTiles(o.c.spec);
  int64_t width = context.getSchedule().getTokens();
  // A tile of the target's scales all of its tokens at once, and so costs as
  // much as some tokens of their own: a quarter of them, by the count of
  // vectors.
  int64_t least = ofTarget ? std::max<int64_t>(1, width / 4) : width / 2 + 1;
  Value tokens = e.sub(o.last, o.first);
  Value tiled = e.min(
      o.last, e.add(o.first, e.roundDown(e.add(tokens, width - least), width)));
  int64_t ahead =
      o.slot ? 0 : context.getSchedule().getAhead() * o.c.spec.stepBytes();
  auto runTiles = [&](ArrayRef<Value> sides) {
    if (ofTarget)
      return runTargetTiles(o, sides.front(), tiled);
    e.loop(o.first, tiled, width, [&](Value t) {
      runTile(o, {sides, groups.hi, t, width, least, ahead});
    });
  };
  // What is left goes two by two, with groups of two sides at least: where
  // there is nothing else, memory gives as many streams. Groups whose dot4
  // picks activations out of a lane share nothing, and two need too many
  // vectors.
  auto runLeft = [&](ArrayRef<Value> sides) {
    if (least > 1) // Else tiles leave nothing.
      e.loop(tiled, o.last, 2, [&](Value t) {
        runTile(o, {sides, groups.hi, t, 2, 1, prefetch(o)});
      });
  };
  int64_t ofTile = ofTarget || o.slot ? 1 : context.getSchedule().getGroups();
  bool isAlone = least == 1 || e.facts.dotByLane;
  int64_t number =
      std::max(ofTile, std::min<int64_t>(isAlone ? 1 : 2, streams));
  if (number == 1)
    return e.loop(groups.lo, groups.hi, 1, [&](Value group) {
      runTiles(group);
      runLeft(group);
    });
  Value all = e.sub(groups.hi, groups.lo);
  Value length = e.div(e.add(all, number - 1), number);
  e.loop(e.index(0), length, 1, [&](Value i) {
    SmallVector<Value> sides = sidesAt(groups, i, length, number);
    if (ofTile == number)
      runTiles(sides);
    else
      e.loop(sides.front(), groups.hi, length,
             [&](Value group) { runTiles(group); });
    runLeft(sides);
  });
}

int64_t ContractionRunner::prefetch(const Operands &o) const {
  return o.slot ? 0 : context.getSchedule().getPrefetch();
}

Value ContractionRunner::startOf(const Operands &o, Value group) {
  return o.slot ? o.slot : e.add(o.base, e.mul(group, o.c.spec.stepBytes()));
}

void ContractionRunner::runTile(const Operands &o, const Tile &tile) {
  const PackedSpec &spec = o.c.spec;
  SmallVector<Value> records, at;
  for (int64_t i = 0; i < tile.tokens; ++i)
    records.push_back(e.add(in.offset, e.mul(e.add(tile.t, i), in.rowBytes)));
  for (auto [g, group] : llvm::enumerate(tile.groups)) {
    Value within =
        g && tile.end ? e.min(group, e.sub(tile.end, e.index(1))) : group;
    at.push_back(startOf(o, within));
  }
  SmallVector<SmallVector<Value>> sums;
  for (const SegmentSpec &s : spec.segments) {
    PackedLayout packed(s.format, spec.lanes);
    sums.push_back(
        emitGroupDots(e, {packed, spec.columns, weightsOf(o), at, in.base,
                          records, in.layout, tile.prefetch}));
    for (Value &offset : at)
      offset = e.add(offset, packed.groupBytes(spec.columns));
  }
  for (size_t g = 0; g < tile.groups.size(); ++g) {
    Value row = e.mul(tile.groups[g], spec.lanes);
    auto finish = [&] {
      for (int64_t i = 0; i < tile.tokens; ++i) {
        Value token = e.add(tile.t, i);
        SmallVector<Value> values;
        for (const auto &segment : sums)
          values.push_back(segment[g * tile.tokens + i]);
        auto keep = [&] { o.c.rows->finish(token, row, values); };
        if (i < tile.least)
          keep();
        else
          e.ifThen(e.less(token, o.last), keep);
      }
    };
    if (g > 0 && tile.end)
      e.ifThen(e.less(tile.groups[g], tile.end), finish);
    else
      finish();
  }
}

//===----------------------------------------------------------------------===//
// Workgroups
//===----------------------------------------------------------------------===//

/// Tiles are whole: what is computed for tokens that are not there costs
/// nothing beside the weights, which are read for the others.
void ContractionRunner::runWorkgroup(const Operands &o, const Share &groups) {
  int64_t width = context.isSingle() ? 1 : context.getSchedule().getTokens();
  int64_t together = groupsTogether(o.c, width);
  e.loop(groups.lo, groups.hi, together, [&](Value group) {
    e.loop(o.first, o.last, width, [&](Value t) {
      runWorkgroupTile(o, {group, groups.hi, together, t, width});
    });
  });
}

/// Groups of rows that a workgroup computes at once: those of a unit, or as
/// many as it has. So loads of all of them are on the way, and what is loaded
/// of the activations serves all.
int64_t ContractionRunner::groupsTogether(const Contraction &c, int64_t width) {
  int64_t groups = c.spec.groupsPerUnit();
  if (!c.rows->hasUnits())
    groups = llvm::divideCeil(groups, e.facts.mostThreads);
  // Sums of all slices pass through 16 KiB.
  constexpr int64_t sums = 8;
  int64_t room = sums / (c.spec.segments.size() * width);
  return llvm::bit_floor<uint64_t>(
      std::min(groups, std::max<int64_t>(room, 1)));
}

/// Slice i finishes token i % width of group i / width.
void ContractionRunner::runWorkgroupTile(const Operands &o,
                                         const WorkgroupTile &tile) {
  const PackedSpec &spec = o.c.spec;
  const int64_t width = tile.width, parts = tile.groups * width;
  SmallVector<Value> records, starts;
  for (int64_t i = 0; i < width; ++i)
    records.push_back(e.add(in.offset, e.mul(e.add(tile.t, i), in.rowBytes)));
  for (int64_t g = 0; g < tile.groups; ++g) {
    Value group = tile.group;
    if (g > 0) // Those behind the last are computed as it is, and not kept.
      group = e.min(e.add(group, g), e.sub(tile.end, e.index(1)));
    starts.push_back(startOf(o, group));
  }
  // Segments of one format are like groups.
  SmallVector<Value> sums;
  int64_t offset = 0;
  for (ArrayRef<SegmentSpec> rest = spec.segments; !rest.empty();) {
    Format format = rest.front().format;
    PackedLayout packed(format, spec.lanes);
    SmallVector<Value> at;
    for (; !rest.empty() && rest.front().format == format;
         rest = rest.drop_front(), offset += packed.groupBytes(spec.columns))
      for (Value start : starts)
        at.push_back(e.add(start, offset));
    sums.append(emitGroupDots(e, {packed, spec.columns, weightsOf(o), at,
                                  in.base, records, in.layout}));
  }
  SmallVector<Value> values;
  for (ValueRange all = sums; !all.empty(); all = all.drop_front(parts))
    values.push_back(e.sumSlices(all.take_front(parts)));

  Value part = e.slice();
  Value number = e.div(part, width);
  Value group = e.add(tile.group, number);
  Value token = e.add(tile.t, e.sub(part, e.mul(number, width)));
  auto finish = [&] {
    o.c.rows->finish(token, e.mul(group, spec.lanes), values);
  };
  e.ifThen(e.less(part, e.index(parts)), [&] {
    if (width == 1 && tile.groups == 1)
      return finish();
    e.ifThen(e.less(group, tile.end), [&] {
      if (width == 1)
        return finish();
      e.ifThen(e.less(token, o.last), finish);
    });
  });
}

//===----------------------------------------------------------------------===//
// The target's own tiles
//===----------------------------------------------------------------------===//

bool ContractionRunner::takesTiles(const PackedSpec &spec) const {
  return !context.isSingle() && e.facts.dotTileTokens > 0 &&
         context.getSchedule().getTokens() == e.facts.dotTileTokens &&
         llvm::all_of(spec.segments, [&](const SegmentSpec &s) {
           return gainsInTiles(e.facts, s.format);
         });
}

void ContractionRunner::runTargetTiles(const Operands &o, Value group,
                                       Value end) {
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
    e.tileSection([&] {
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
    });
    Value most = e.min(e.sub(end, t), e.index(width));
    e.loop(e.index(0), most, 1, [&](Value token) {
      SmallVector<Value> values;
      for (size_t i = 0; i < segments.size(); ++i)
        values.push_back(e.load(e.lanesF32(), scratch, sumAt(i, token)));
      o.c.rows->finish(e.add(t, token), e.mul(group, o.c.spec.lanes), values);
    });
  });
}
