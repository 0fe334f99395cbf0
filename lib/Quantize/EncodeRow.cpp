#include "lib/Quantize/EncodeRow.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#pragma STDC FP_CONTRACT OFF

#include "lib/Quantize/EncodeAffine.h"
#include "lib/Quantize/EncodeScaled.h"

using namespace lfm2c;

namespace {

LFM2C_INLINE bool isFinite(const Lanes *x, unsigned count) {
  Lanes sum = 0.f;
  for (unsigned i = 0; i < count; ++i)
    sum += x[i] * 0;
  return sumLanes(sum) == 0;
}

/// No number of the block is one.
void makeNonFinite(GridBlock &block) {
  block.d = std::numeric_limits<float>::quiet_NaN();
  std::fill_n(block.sc, maxSubBlocks, 1);
  std::fill_n(block.m, maxSubBlocks, 1);
}

/// Levels next to `x` by the scales of the block, and its bytes.
template <typename Levels>
LFM2C_INLINE void finishBlock(const Grid &grid, const Levels &levels,
                              const Lanes *x, GridBlock &block,
                              uint8_t *bytes) {
  for (unsigned i = 0; i < grid.elements; i += 8) {
    const unsigned b = i / grid.sub;
    const float s = block.d * float(block.sc[b]);
    const float c =
        grid.hasMin ? grid.minSign * block.dmin * float(block.m[b]) : 0;
    const Lanes v =
        levels.nearest((x[i / 8] - c) * (s != 0 && s == s ? 1 / s : 0));
    for (unsigned k = 0; k < 8; ++k)
      block.q[i + k] = levels.code(v[k]);
  }
  writeBlock(grid, block, bytes);
}

template <typename Encoder>
LFM2C_INLINE void encodeBlocks(const Grid &grid, const Encoder &encoder,
                               const float *values, const float *weights,
                               uint8_t *bytes, int64_t count) {
  Lanes x[maxBlockElements / 8], w[maxBlockElements / 8];
  std::fill_n(w, maxBlockElements / 8, Lanes(1.f));
  for (int64_t at = 0; at < count; at += grid.elements) {
    std::memcpy(x, values + at, grid.elements * 4);
    if (weights)
      std::memcpy(w, weights + at, grid.elements * 4);
    GridBlock block;
    if (isFinite(x, grid.elements / 8))
      encoder.choose(x, w, block);
    else
      makeNonFinite(block);
    finishBlock(grid, encoder.getLevels(), x, block, bytes);
    bytes += getFormatInfo(grid.format).blockBytes;
  }
}

/// A row whose blocks have the same scale: one block as long as the row chooses
/// it.
template <typename Levels>
LFM2C_INLINE void encodeWhole(const Grid &grid, const float *values,
                              const float *weights, uint8_t *bytes,
                              int64_t count) {
  std::vector<Lanes> x(count / 8), w(count / 8, Lanes(1.f));
  std::memcpy(x.data(), values, count * 4);
  if (weights)
    std::memcpy(w.data(), weights, count * 4);
  Grid row = grid;
  row.elements = row.sub = unsigned(count);
  const ScaledEncoder<Levels> encoder(row, ScaleSearch());
  GridBlock block;
  if (isFinite(x.data(), unsigned(count / 8)))
    encoder.choose(x.data(), w.data(), block);
  else
    makeNonFinite(block);
  for (int64_t at = 0; at < count; at += grid.elements) {
    finishBlock(grid, encoder.getLevels(), x.data() + at / 8, block, bytes);
    bytes += getFormatInfo(grid.format).blockBytes;
  }
}

LFM2C_INLINE void encode(const Grid &grid, const float *values,
                         const float *weights, uint8_t *bytes, int64_t count) {
  if (grid.hasRowScale)
    encodeWhole<WholeLevels>(grid, values, weights, bytes, count);
  else if (grid.hasMin)
    encodeBlocks(grid, AffineEncoder<WholeLevels>(grid, AffineSearch()), values,
                 weights, bytes, count);
  else if (grid.table)
    encodeBlocks(grid, ScaledEncoder<TableLevels>(grid, ScaleSearch()), values,
                 weights, bytes, count);
  else
    encodeBlocks(grid, ScaledEncoder<WholeLevels>(grid, ScaleSearch()), values,
                 weights, bytes, count);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) void encodeWide(const Grid &grid,
                                                const float *values,
                                                const float *weights,
                                                uint8_t *bytes, int64_t count) {
  encode(grid, values, weights, bytes, count);
}
#endif

} // namespace

bool lfm2c::canEncode(Format format) {
  return canQuantize(format) || describeGrid(format);
}

std::string lfm2c::encodableFormatNames() {
  std::string names;
  for (Format format : allFormats())
    if (canEncode(format))
      names += (names.empty() ? "" : ", ") + getFormatInfo(format).name.str();
  return names;
}

void lfm2c::encodeRow(Format format, const float *values, const float *weights,
                      uint8_t *bytes, int64_t count) {
  const FormatInfo &info = getFormatInfo(format);
  if (!info.isQuantized())
    return quantizeRow(format, values, bytes, count);
  const std::optional<Grid> grid = describeGrid(format);
  if (!grid) {
    for (int64_t i = 0; i < count; i += info.blockElements) {
      info.encode(info, values + i, weights ? weights + i : nullptr, bytes);
      bytes += info.blockBytes;
    }
    return;
  }
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2"))
    return encodeWide(*grid, values, weights, bytes, count);
#endif
  encode(*grid, values, weights, bytes, count);
}
