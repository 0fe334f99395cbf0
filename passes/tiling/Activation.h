// The input of a contraction in scratch.
//
// What a norm or the phase before leaves for a contraction: one record a token.
// Quantised weights want int8 with one scale per 32 columns (Q8_0's rule) and
// what their zero point needs; float weights want the f32 values, or, where
// bf16 is multiplied in pairs, each value as the sum of two bf16: 16 bits of
// significand, so that a product is off by 2^-17 at most; or as one, half the
// work, where that was asked for: then it is off by 2^-9.

#ifndef LFM2C_PASSES_TILING_ACTIVATION_H
#define LFM2C_PASSES_TILING_ACTIVATION_H

#include "lib/Weights/PackedLayout.h"
#include "passes/tiling/Emitter.h"

namespace lfm2c {

/// What was asked for of activations, beyond what weights and target want.
struct ActivationForm {
  bool tokenScales = false; ///< One int8 scale for all columns of a token.
  bool roundBF16 = false;   ///< One bf16 for each value where it is a factor.
};

/// Bytes of a record, from its start:
///   f32   [columns]            if a float format reads it, but not:
///   high  [even]      bf16     if BF16 reads it and the target has dot2
///   low   [even]      bf16     the same; x = high + low. None if rounded
///   q     [padded]    int8     if a quantised format reads it; and then
///   scale [padded / 32]  f32   x = q * scale; only one with token scales
///   sum   [padded / g]   f32   -scale * sum of g q, if a format has minima;
///                              g of 16 if it has them for sub-blocks of 16,
///                              else 32
///   start [padded / g]   i32   -zero * sum of g q, per (zero, g) of the
///                              formats; g as with minima
struct ActivationLayout {
  struct Start {
    int64_t zero, subBlock, offset;
  };
  int64_t columns = 0, padded = 0;
  ActivationForm form;
  int64_t floatOffset = -1, highOffset = -1, lowOffset = -1, qOffset = -1,
          scaleOffset = -1, sumOffset = -1, halfSumOffset = -1;
  llvm::SmallVector<Start, 2> starts;
  int64_t bytes = 0; ///< A multiple of 64.

  ActivationLayout() = default;
  /// The record that weights of all these formats can read.
  ActivationLayout(int64_t columns, llvm::ArrayRef<Format> readers,
                   const exec::TargetFacts &facts, ActivationForm form);

  int64_t startOffset(int64_t zero, int64_t subBlock) const;
  /// Nothing but f32 values, which may be read where they are.
  bool isPlain() const { return qOffset < 0 && highOffset < 0; }
};

/// What a target's dot4 multiplies of a format: values + zero, so that there
/// are few bits and no sign where that can be. Codes, if there are any, are
/// those for the stored q.
struct DotWeights {
  int64_t zero, bits;
  bool isSigned;
  llvm::SmallVector<int8_t, 16> codes;

  DotWeights(const FormatInfo &info, const exec::TargetFacts &facts);
};

/// Columns that share a dot product's scale: of a sub-block, and 32 at most.
int64_t dotColumns(const FormatInfo &info);

/// Writes the record at `record` of the f32 values at `source` (offsets from
/// `from` and `to`), scaled by an RMS norm with the f32 weights at
/// `normWeights` in the archive, if given.
struct NormSource {
  mlir::Value weights, offset; ///< Base and offset of the norm's weights.
  double eps;
};
void emitActivation(Emitter &e, mlir::Value from, mlir::Value source,
                    const NormSource *norm, mlir::Value to, mlir::Value record,
                    const ActivationLayout &layout);

/// Groups of `lanes` rows of packed weights, and the records of tokens.
struct GroupOperands {
  const PackedLayout &packed;
  int64_t columns;
  mlir::Value weights;
  llvm::ArrayRef<mlir::Value> groups; ///< Their starts, from `weights` on.
  mlir::Value activations;
  llvm::ArrayRef<mlir::Value> records; ///< Their starts, from `activations` on.
  const ActivationLayout &layout;
  int64_t prefetchBytes = 0; ///< How far ahead weights are asked for.

  size_t count() const { return groups.size() * records.size(); }
};

/// Their products, a vector<lanes x f32> for each token of the first group,
/// then of the next. Of a workgroup, the parts of them that a slice has made.
llvm::SmallVector<mlir::Value> emitGroupDots(Emitter &e,
                                             const GroupOperands &in);

/// What a tile of tokens needs of a thread's own scratch: the unpacked weights
/// of a group, and integer products on their way from matrices to vectors.
struct TileOperands {
  mlir::Value scratch;
  mlir::Value panel;    ///< tilePanelBytes(), if any.
  mlir::Value products; ///< tileProductBytes().
};
/// [columns / 4][lanes][4] signed bytes; none where the packed weights are that
/// themselves.
int64_t tilePanelBytes(const PackedLayout &packed, int64_t columns);
int64_t tileProductBytes(const PackedLayout &packed, int64_t tokens);
void emitTilePanel(Emitter &e, const PackedLayout &packed, int64_t columns,
                   mlir::Value weights, mlir::Value group, mlir::Value to,
                   mlir::Value at);
/// As emitGroupDots(), bit for bit, for one group of quantised weights and
/// records that follow each other; by matrix products.
llvm::SmallVector<mlir::Value> emitTileDots(Emitter &e, const GroupOperands &in,
                                            const TileOperands &tile);

/// Decodes the row in lane `lane` of a group to f32 values at `to[at...]`.
void emitDecodeRow(Emitter &e, const PackedLayout &packed, int64_t columns,
                   mlir::Value weights, mlir::Value group, mlir::Value lane,
                   mlir::Value to, mlir::Value at);

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_ACTIVATION_H
