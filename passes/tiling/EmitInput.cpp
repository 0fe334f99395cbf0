//===- EmitInput.cpp - the input of a contraction, and tiles of tokens ----===//

#include "passes/tiling/StepBuilder.h"

using namespace mlir;
using namespace lfm2c;

StepBuilder::Prepared
StepBuilder::prepare(Emitter &e, FunctionScope &scope, exec::PhaseOp phase,
                     const BufferRef &source, lfm2::RMSNormOp norm,
                     int64_t columns, ArrayRef<Format> readers, Value firstRow,
                     Value rows) {
  Prepared made;
  made.layout = ActivationLayout(columns, readers, facts, entry.tokenScales);
  made.base = e.pointer("scratch");
  Value from =
      e.add(bufferAddress(e, source), e.mul(firstRow, source.rowBytes));
  // Plain f32 values are read where they are.
  if (!norm && made.layout.isPlain()) {
    made.offset = from;
    made.rowBytes = source.rowBytes;
    return made;
  }
  NormSource normSource;
  if (norm)
    normSource = {e.pointer("weights"),
                  scope.weight(plainSpec(norm, norm.getWeightAttr())),
                  norm.getEps().convertToDouble()};
  const NormSource *with = norm ? &normSource : nullptr;
  made.rowBytes = made.layout.bytes;
  if (entry.isSingle()) {
    made.offset = privateAddress(e, "input", made.layout.bytes);
    emitActivation(e, made.base, from, with, made.base, made.offset,
                   made.layout);
    return made;
  }
  BufferRef shared = buffer("input", made.layout.bytes);
  made.offset = bufferAddress(e, shared);
  auto [lo, hi] = e.share(rows);
  e.loop(lo, hi, 1, [&](Value t) {
    emitActivation(e, made.base, e.add(from, e.mul(t, source.rowBytes)), with,
                   made.base, e.add(made.offset, e.mul(t, made.layout.bytes)),
                   made.layout);
  });
  e.barrier();
  return made;
}

/// `tokens` in whole tiles of `width`, the last of which at least `least` fill.
static Value inTiles(Emitter &e, Value tokens, int64_t width, int64_t least) {
  return e.roundDown(e.add(tokens, width - least), width);
}

void StepBuilder::forTokenTiles(Emitter &e, Value tokens,
                                llvm::function_ref<void(Value, int64_t)> tile) {
  if (entry.isSingle())
    return tile(e.index(0), 1);
  int64_t width = schedule.getTokens();
  Value tiled = inTiles(e, tokens, width, leastOfTile());
  e.loop(e.index(0), tiled, width, [&](Value t) { tile(t, width); });
  if (width > 1)
    e.loop(tiled, tokens, 1, [&](Value t) { tile(t, 1); });
}

int64_t StepBuilder::leastOfTile() const {
  return schedule.getTokens() / 2 + 1;
}

void StepBuilder::ifWithin(Emitter &e, Value t, int64_t i, Value tokens,
                           llvm::function_ref<void()> keep) {
  if (i < leastOfTile())
    return keep();
  e.ifThen(e.less(e.add(t, i), tokens), keep);
}

bool StepBuilder::takesTiles(const PackedSpec &spec) const {
  // Where vectors make the products, for no more tokens than their registers
  // hold the sums of, all that a tile saves is to unpack the weights again.
  bool byVectors = facts.dotTileTokens <= facts.sumsAtOnce();
  return !entry.isSingle() && facts.dotTileTokens > 0 &&
         schedule.getTokens() == facts.dotTileTokens &&
         llvm::all_of(spec.segments, [&](const SegmentSpec &s) {
           const FormatInfo &info = getFormatInfo(s.format);
           return info.isQuantized() && !(byVectors && info.bits == 8);
         });
}

Value StepBuilder::tokensOfTiles(Emitter &e, Value tokens) {
  // A tile's vectors scale all of its tokens, so one costs as much as some
  // tokens of their own: a quarter of its tokens, by the count of vectors.
  int64_t width = facts.dotTileTokens, least = std::max<int64_t>(1, width / 4);
  return e.min(tokens, inTiles(e, tokens, width, least));
}

void StepBuilder::forGroupTiles(
    Emitter &e, Value lo, Value hi,
    llvm::function_ref<void(ArrayRef<Value>)> tile) {
  // With more tokens the weights come from a cache.
  int64_t streams = entry.isSingle() ? schedule.getStreams() : 1;
  if (streams == 1)
    return e.loop(lo, hi, 1, [&](Value group) { tile({group}); });
  Value length = e.div(e.sub(hi, lo), streams);
  e.loop(e.index(0), length, 1, [&](Value i) {
    SmallVector<Value> groups;
    for (int64_t s = 0; s < streams; ++s)
      groups.push_back(e.add(e.add(lo, i), e.mul(length, s)));
    tile(groups);
  });
  e.loop(e.add(lo, e.mul(length, streams)), hi, 1,
         [&](Value group) { tile({group}); });
}

int64_t StepBuilder::prefetchBytes() const {
  return entry.isSingle() ? schedule.getPrefetch() : 0;
}
