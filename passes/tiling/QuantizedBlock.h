// Unpacking and scaling of weights.
//
// Derived from FormatInfo and PackedLayout: there is no code per format, only
// per trait (bits, sub-blocks of 16 or 32, sub-scales, minima). Products are
// summed in integers within a block of 32 columns and in f32 from block to
// block. Where the integers come from is not said here; how they are scaled and
// rounded is, so that all ways to a product give the same bits.

#ifndef LFM2C_PASSES_TILING_QUANTIZEDBLOCK_H
#define LFM2C_PASSES_TILING_QUANTIZEDBLOCK_H

#include "passes/tiling/Activation.h"
#include <array>

namespace lfm2c {

/// Reads superblocks of `width` neighbouring lanes from lane `lane` on: all
/// lanes of a group for products, one lane to decode a row.
class BlockReader {
public:
  BlockReader(Emitter &e, const PackedLayout &packed, mlir::Value weights,
              mlir::Value lane, int64_t width)
      : e(e), packed(packed), info(getFormatInfo(packed.format)),
        weights(weights), lane(lane), width(width) {}

  /// d or dmin of a table [n][lanes] at `offset`, as f32.
  mlir::Value scales(mlir::Value offset, mlir::Value row);
  /// int8 (or uint8) of a table [n][lanes] at `offset`, as i32.
  mlir::Value bytes(mlir::Value offset, mlir::Value row, bool isSigned);
  int64_t bits() const { return info.bits; }
  /// Vector `i` of the block at `offset`: vector<4*width x i8>.
  mlir::Value vector(mlir::Value offset, int64_t i);
  /// `dot`, null where nothing is known of it yet, with a field of `vector`.
  mlir::Value withField(mlir::Value dot, mlir::Value vector,
                        const DotField &field);

  /// The bytes of a table of 4, 8 or 16 that the low bits of `dot` say, whose
  /// other bits are 0.
  mlir::Value lookup(mlir::Value dot, llvm::ArrayRef<int8_t> table);
  /// The row of d for block `block` of 32 columns of a superblock.
  mlir::Value rowOfBlock(mlir::Value block);
  /// The row of sub-scales and minima of its sub-block `sub`.
  mlir::Value rowOfSubBlock(mlir::Value block, int64_t sub);

private:
  /// `n` elements of a row of a table, or of a part of one.
  mlir::Value load(mlir::Type element, int64_t n, mlir::Value at,
                   bool ordered = false);

  Emitter &e;
  const PackedLayout &packed;
  const FormatInfo &info;
  mlir::Value weights, lane;
  int64_t width;
};

/// Hands out the 8 dots of the block at `offset` one after the other. A vector
/// is loaded when the first dot needs it, and gives its fields to all.
class DotReader {
public:
  DotReader(BlockReader &reader, mlir::Value offset)
      : reader(reader), offset(offset) {}

  /// vector<4*width x i8>, unsigned, or signed for 8 bits.
  mlir::Value next();

private:
  BlockReader &reader;
  mlir::Value offset;
  int64_t vectors = 0, dot = 0;
  std::array<mlir::Value, 8> dots; ///< What is known of them so far.
};

/// Goes through the blocks of groups and adds what they contribute to f32 sums.
/// Sum [g * records + t] is that of group g with record t.
class QuantizedBlocks {
public:
  QuantizedBlocks(Emitter &e, const GroupOperands &in)
      : e(e), in(in), packed(in.packed), info(getFormatInfo(packed.format)),
        reader(e, packed, in.weights, e.index(0), packed.lanes),
        perDot(dotBlock / dotColumns(info)) {}

  /// Block number `block` of the superblock at `superAt` (from a group's start
  /// on), which holds columns 32 * `column` and following.
  struct Place {
    mlir::Value superAt, block, column;
  };
  using Body = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      const Place &, mlir::ValueRange)>;
  /// The sums of all blocks; `body` takes `step` of them at once.
  llvm::SmallVector<mlir::Value> sum(int64_t step, Body body);

  /// The sub-scales of sub-block `sub` of a block, in i32.
  mlir::Value subScale(mlir::Value super, mlir::Value block, int64_t sub);
  /// Adds a block of the group whose superblock is at `super` to the sums of
  /// its records. `total(t)` is the integer sum of record t, sub-scales
  /// included where a block has several; it stands where it is first used.
  void add(mlir::Value super, const Place &place,
           llvm::function_ref<mlir::Value(size_t)> total,
           llvm::MutableArrayRef<mlir::Value> sums);

  Emitter &e;
  const GroupOperands &in;
  const PackedLayout &packed;
  const FormatInfo &info;
  BlockReader reader;
  const int64_t perDot; ///< Sub-scales of a block of 32 columns.

private:
  /// The parts of sum() that a slice makes.
  llvm::SmallVector<mlir::Value> sumInSlices(int64_t blocks,
                                             mlir::ValueRange init, Body body);
  /// Minima of sub-block `sub` of a block, with dmin.
  mlir::Value minima(mlir::Value super, mlir::Value block, int64_t sub);
  mlir::Value scalar(int64_t part, mlir::Value column, mlir::Value record);
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_QUANTIZEDBLOCK_H
