// What the bytes of a cache are.
//
// A cache is made of granules: what 16 positions, whose number is a multiple of
// 16, have of one head. Of floats a granule of keys is [channel][16] of them,
// so that those of 16 positions are a vector, and one of values [16][channel].
//
// Where numbers are quantised, a granule begins with f16 scales,
// [channels / block][16]. Behind them are bytes, [rows][16] of keys and
// [16][rows] of values. A byte is a signed number of a channel, or two of 4
// bits, the low one first: of keys those of neighbouring channels, 2i and
// 2i + 1; of values, i and i + block / 2 of a block, so that both halves of its
// bytes are vectors of neighbours. A position shares no byte with another one.

#ifndef LFM2C_PASSES_TILING_CACHEFORM_H
#define LFM2C_PASSES_TILING_CACHEFORM_H

#include "dialects/lfm2/IR/Caches.h"
#include "lfm2rt/abi.h"

namespace lfm2c {

struct CacheForm {
  static constexpr int64_t granule = LFM2_CONTEXT_GRANULE;

  mlir::Type element;
  int64_t size;  ///< Channels of a head.
  int64_t block; ///< Channels that share a scale; 0: floats.
  int64_t bits;  ///< Of a number.

  CacheForm(mlir::Type element, int64_t headSize)
      : element(element), size(headSize),
        block(lfm2::getCacheBlock(element, headSize)),
        bits(block ? getFormatInfo(*lfm2::getFormat(element)).bits
                   : element.getIntOrFloatBitWidth()) {}
  /// Of the caches of this type, [positions, heads, head size].
  explicit CacheForm(mlir::RankedTensorType type)
      : CacheForm(type.getElementType(), type.getDimSize(2)) {}

  bool isQuantized() const { return block > 0; }
  int64_t blocks() const { return size / block; }
  /// Numbers of a byte.
  int64_t perByte() const { return 8 / bits; }
  /// Bytes of a block of a position.
  int64_t blockBytes() const { return block * bits / 8; }
  /// Of a position's keys, or values, of one head, without and with its share
  /// of scales.
  int64_t rowBytes() const { return size * bits / 8; }
  int64_t headBytes() const {
    return rowBytes() + (isQuantized() ? blocks() * 2 : 0);
  }
  int64_t granuleBytes() const { return granule * headBytes(); }
  /// Where the scales of block `i` are in a granule.
  static int64_t scalesAt(int64_t i) { return i * granule * 2; }
  /// Where the numbers begin in a granule.
  int64_t numbersAt() const { return scalesAt(blocks()); }
};

} // namespace lfm2c

#endif // LFM2C_PASSES_TILING_CACHEFORM_H
