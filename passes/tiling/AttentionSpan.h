// Attention to a span of positions.
//
// The innermost part of attention: some tokens times the query heads of one key
// head, "rows", against positions of this head's cache, a span at a time. What
// is known of a row so far is its record. A row goes through the same
// arithmetic, in the same order, however many rows are computed together. That
// is f32, or pairs of bf16: then keys and values of a span are rounded and put
// side by side once for all rows.

#ifndef LFM2C_PASSES_TILING_ATTENTIONSPAN_H
#define LFM2C_PASSES_TILING_ATTENTIONSPAN_H

#include "passes/tiling/AttentionRecords.h"
#include "passes/tiling/CacheForm.h"

namespace lfm2c {

class AttentionSpan {
public:
  /// Positions of a granule: its keys stand side by side.
  static constexpr int64_t granule = CacheForm::granule;
  /// Positions between two corrections by a new maximum. Few enough that keys
  /// and values of a span stay in the first cache while all rows use them.
  static constexpr int64_t positions = 64;

  /// What does not change from span to span.
  struct Form {
    int64_t headsPerKv; ///< Query heads of a key head.
    CacheForm cache;
    /// With one token, memory is what takes time: keys of the next span are
    /// read between values of this one, so that both streams go on.
    bool interleaved = false;
    /// Both products are taken by dot2: queries, keys, weights and values are
    /// rounded to bf16, sums stay f32. Not of caches of f32, nor interleaved.
    bool inPairs = false;
    /// A token sees one position more than the token before it; else all see
    /// the same.
    bool causal = true;
  };
  AttentionSpan(Emitter &e, const Form &form)
      : e(e), headsPerKv(form.headsPerKv), cache(form.cache), size(cache.size),
        elementBytes(form.inPairs ? 2 : cache.bits / 8),
        interleaved(form.interleaved), inPairs(form.inPairs),
        causal(form.causal), scratch(e.pointer("scratch")),
        states(e.pointer("state")) {}

  /// A thread's own scratch, offsets.
  struct Memory {
    mlir::Value queries;                  ///< See storeQuery().
    mlir::Value pairedKeys, pairedValues; ///< pairedBytes() each, if in pairs.
    mlir::Value weights;                  ///< See weightBytes().
  };
  void use(const Memory &memory) { mine = memory; }
  /// What is attended with, and to.
  struct Place {
    mlir::Value keys, values; ///< Offsets of this head's caches, state.
    mlir::Value tokens;       ///< How many; row i is of token i / headsPerKv.
    mlir::Value seen;         ///< Positions that the first token sees.
  };
  void enter(const Place &next) { place = next; }
  /// From now on records are those at `at`, [rows] in scratch.
  void recordAt(mlir::Value at) { records = at; }

  int64_t getSize() const { return size; }
  bool isInPairs() const { return inPairs; }
  int64_t recordBytes() const { return AttentionRecords::bytes(size); }
  /// Of the weights of all rows: [rows][positions] f32, and if interleaved once
  /// more for the next span; of quantised values [rows][blocks][positions],
  /// times the scales.
  int64_t weightBytes(int64_t tokens) const {
    return std::max<int64_t>(tokens, 2) * headsPerKv * weightRowBytes();
  }
  /// Of the queries of a row: [size] f32, or bf16 if in pairs.
  int64_t queryBytes() const { return size * numberBytes(); }
  void storeQuery(mlir::Value row, mlir::Value query);
  /// Of the keys or the values of a span in bf16, two of a lane side by side:
  /// keys [positions / 16][size / 2][16][2 channels],
  /// values [positions / 2][size][2 positions].
  int64_t pairedBytes() const { return positions * size * 2; }

  /// Takes the positions from `lo` to `hi` into all records; what a token does
  /// not see counts nothing, and of what lies behind `hi` only keys of its
  /// granule are read. `lo` is a multiple of `positions`, and less than `hi`.
  void emit(mlir::Value lo, mlir::Value hi);
  /// Runs `body(row)` for all rows, in any order.
  void forRows(llvm::function_ref<void(mlir::Value)> body);

private:
  int64_t maximumAt() const { return AttentionRecords::maximumAt(size); }
  int64_t totalAt() const { return AttentionRecords::totalAt(size); }
  int64_t shrinkAt() const { return AttentionRecords::shrinkAt(size); }
  /// emit() of a workgroup.
  void emitByInvocation(mlir::Value lo, mlir::Value hi);
  // Of the span at `p`; `from` and `to` count from there.
  void pairKeys(mlir::Value p, mlir::Value count);
  void pairValues(mlir::Value p, mlir::Value count);
  void emitScores(mlir::Value p, mlir::Value from, mlir::Value to);
  void emitWeights(mlir::Value p, mlir::Value count);
  void emitValues(mlir::Value p, mlir::Value from, mlir::Value to);

  void weightsOfRow(mlir::Value p, mlir::Value count, mlir::Value row,
                    bool partial);
  /// Positions that the token of a row sees.
  mlir::Value seenBy(mlir::Value row) {
    return causal ? e.add(place.seen, e.div(row, headsPerKv)) : place.seen;
  }
  mlir::Value rows() { return e.mul(place.tokens, headsPerKv); }
  mlir::Value weightsOf(mlir::Value p, mlir::Value row);
  /// What values of the record at `record` shrink by, before those of the span
  /// from `from` on come to them.
  mlir::Value shrinkOf(mlir::Value record, mlir::Value from);
  mlir::Value recordOf(mlir::Value row) {
    return e.add(records, e.mul(row, recordBytes()));
  }
  llvm::SmallVector<mlir::Value> reduceTogether(mlir::Value lo, mlir::Value hi,
                                                int64_t most,
                                                mlir::ValueRange init,
                                                Emitter::ReduceBody body);
  /// Runs `body(row, n)` over all rows, n at a time.
  void forRowTiles(llvm::function_ref<void(mlir::Value row, int64_t n)> body);
  /// Scores of `n` rows for `width` positions.
  void scoreTile(mlir::Value p, mlir::Value from, mlir::Value row, int64_t n,
                 int64_t width);
  /// Sums of `n` rows for `width` channels.
  void valueTile(mlir::Value p, mlir::Value from, mlir::Value to,
                 mlir::Value row, int64_t n, mlir::Value channel,
                 int64_t width);
  mlir::Value loadCache(int64_t n, mlir::Value at);
  /// `even` and `odd`, f32, as bf16 in turn, to scratch.
  void storePairs(mlir::Value even, mlir::Value odd, mlir::Value at);
  // What both products are made of, per channel or position, or per pair.
  int64_t step() const { return inPairs ? 2 : 1; }
  int64_t numberBytes() const { return inPairs ? 2 : 4; }
  /// Keys or values of `n` lanes, of the cache or paired.
  mlir::Value loadOperand(int64_t n, mlir::Value at);
  // Of quantised numbers, as f32; in AttentionQuantized.cpp.
  bool scalesWeights() const { return cache.isQuantized() && !inPairs; }
  int64_t weightRowBytes() const {
    return (scalesWeights() ? cache.blocks() : 1) * positions * 4;
  }
  /// The granule of position `p` of `caches`, the keys or the values.
  mlir::Value granuleAt(mlir::Value caches, mlir::Value p) {
    return e.add(caches, e.mul(e.div(p, granule), cache.granuleBytes()));
  }
  /// Scales of block `block` of `n` positions of a granule from `first` on.
  mlir::Value loadScales(int64_t n, mlir::Value at, mlir::Value block,
                         mlir::Value first);
  /// The numbers of `n` bytes: one vector, or two of 4 bits.
  llvm::SmallVector<mlir::Value, 2> loadNumbers(int64_t n, mlir::Value at);
  /// The sums of scoreTile(), of `parts` vectors of `part` positions.
  llvm::SmallVector<mlir::Value> floatScores(mlir::Value p, mlir::Value from,
                                             mlir::Value query, int64_t n,
                                             int64_t part, int64_t parts);
  llvm::SmallVector<mlir::Value> quantizedScores(mlir::Value first,
                                                 mlir::Value query, int64_t n,
                                                 int64_t part, int64_t parts);
  /// Weights `w` of the granule at position `p`, scaled, to [blocks] of `to`.
  void storeScaled(mlir::Value w, mlir::Value p, mlir::Value to);
  /// valueTile() of whole blocks, or of a part of half a block.
  void quantizedValueTile(mlir::Value p, mlir::Value from, mlir::Value to,
                          mlir::Value row, int64_t n, mlir::Value channel,
                          int64_t width);
  int64_t quantizedWidth(int64_t width) const;
  void pairQuantizedKeys(mlir::Value p, mlir::Value count);
  void pairQuantizedValues(mlir::Value p, mlir::Value count);
  /// The number or pair of numbers of one row that all of them are times.
  mlir::Value loadFactor(mlir::Value at);
  mlir::Value multiplyAdd(mlir::Value operand, mlir::Value factor,
                          mlir::Value sum);
  /// `v`, and `other` in the lanes from `count` on.
  mlir::Value masked(mlir::Value v, mlir::Value count, double other);
  /// Rows of a tile at most: with two vectors of positions or channels they
  /// fill half of the registers with sums.
  int64_t mostRows() const {
    // Where floats have no vectors, rows share loads and nothing else.
    if (e.facts.floatLanes == 1)
      return 2;
    return e.facts.sumsAtOnce();
  }
  /// Positions or channels that fit beside `n` rows.
  int64_t widthFor(int64_t n) const {
    return std::max<int64_t>(1, mostRows() * 2 / n) * e.facts.lanes;
  }

  Emitter &e;
  const int64_t headsPerKv;
  const CacheForm cache;
  const int64_t size;
  const int64_t elementBytes; ///< Of floats, of the cache or in pairs.
  const bool interleaved, inPairs, causal;
  const mlir::Value scratch, states;
  Memory mine;
  Place place;
  mlir::Value records;
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_ATTENTIONSPAN_H
