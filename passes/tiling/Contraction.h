// Products of a thread's rows with tokens.
//
// A packed weight times the records of tokens, and what follows on the finished
// rows. Weights are read once for as many tokens as registers or tiles hold;
// what that is depends on the target's facts, on the phase's schedule and on
// how many tokens there are.

#ifndef LFM2C_PASSES_TILING_CONTRACTION_H
#define LFM2C_PASSES_TILING_CONTRACTION_H

#include "passes/tiling/FinishedRows.h"
#include "passes/tiling/PreparedInput.h"
#include <memory>

namespace lfm2c {

/// One packed weight of a phase, with what follows on its rows.
struct Contraction {
  PackedSpec spec;
  std::unique_ptr<FinishedRows> rows; ///< Never null.
  /// Even in a step of more tokens it is often run for one.
  bool takesOne = false;
};

class ContractionRunner {
public:
  /// Runs any of `all`, on records of `in`. Threads go from one to the next
  /// without waiting for each other, so that all have the same scratch.
  ContractionRunner(PhaseContext &context, const PreparedInput &in,
                    llvm::ArrayRef<Contraction> all);

  /// From and to: this thread's groups, or its units where these are finished.
  struct Share {
    mlir::Value lo, hi;
  };
  Share shareOf(const Contraction &c);

  /// The rows of `share`, from the weights at `base`, for the tokens from
  /// `first` to `last`.
  void run(const Contraction &c, mlir::Value base, const Share &share,
           mlir::Value first, mlir::Value last);

private:
  /// Tokens from `first` to `last`, with the weights at `base`, or with a group
  /// that has a copy at `slot` of near memory.
  struct Operands {
    const Contraction &c;
    mlir::Value base, first, last, slot;
  };
  /// What a group's start is an offset from, and that.
  mlir::Value weightsOf(const Operands &o) { return o.slot ? near : weights; }
  mlir::Value startOf(const Operands &o, mlir::Value group);
  /// How far ahead weights are asked for, in bytes.
  int64_t prefetch(const Operands &o) const;

  /// All tokens with these groups, from so many places at once at most.
  void runGroups(const Operands &o, const Share &groups, int64_t streams);

  /// Group `i` of each of `streams` sides that the groups are cut into, each
  /// of `length`. They lie far from each other, so that memory is read in as
  /// many streams.
  llvm::SmallVector<mlir::Value> sidesAt(const Share &groups, mlir::Value i,
                                         mlir::Value length, int64_t streams);
  /// The only token.
  void runOne(const Operands &o, const Share &groups, int64_t streams);
  /// All tokens of a thread that is a workgroup, and a tile of `width` of them.
  void runWorkgroup(const Operands &o, const Share &groups);
  /// `groups` groups from `group` on, of those before `end`, with `width`
  /// tokens from `t` on.
  struct WorkgroupTile {
    mlir::Value group, end;
    int64_t groups;
    mlir::Value t;
    int64_t width;
  };
  void runWorkgroupTile(const Operands &o, const WorkgroupTile &tile);
  int64_t groupsTogether(const Contraction &c, int64_t width);
  void finishUnits(const Contraction &c, const Share &share, mlir::Value first,
                   mlir::Value last);
  /// All tokens, in tiles and what these leave.
  void runMany(const Operands &o, const Share &groups, int64_t streams);

  /// Groups and tokens whose sums registers hold beside each other.
  struct Tile {
    llvm::ArrayRef<mlir::Value> groups;
    /// Groups from here on, but for the first, are not kept. Null: all are.
    mlir::Value end;
    mlir::Value t; ///< The first token.
    /// How many; at least these are there. The others are computed with
    /// whatever lies behind the last token, and not kept either.
    int64_t tokens, least;
    int64_t prefetch = 0; ///< As prefetch().
  };
  void runTile(const Operands &o, const Tile &tile);

  /// Whether products with this weight are taken in tiles of the target's own,
  /// as facts and schedule have it.
  bool takesTiles(const PackedSpec &spec) const;
  /// Says what is declined for weights of `spec`, if somebody asks.
  void remarkOn(const PackedSpec &spec) const;
  /// The tokens up to `end`, in tiles, with one group of every segment. The
  /// last tile may have less; what follows its tokens in the buffer of records
  /// is computed with and not looked at.
  void runTargetTiles(const Operands &o, mlir::Value group, mlir::Value end);

  PhaseContext &context;
  Emitter &e;
  PreparedInput in;
  mlir::Value scratch, weights, near;
  mlir::Value tileProducts; ///< tileProductBytes() of any segment.
  mlir::Value tileSums;     ///< [segment][token of a tile][lanes] f32.
  mlir::Value tilePanels;   ///< tilePanelBytes() of each segment that has one.
};

/// Runs all contractions of a phase: rows of `input` times the weights of each.
/// Tokens that follow-ups get count from 0.
void runContractions(PhaseContext &context, mlir::Value input, const Rows &rows,
                     llvm::ArrayRef<Contraction> contractions);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_CONTRACTION_H
