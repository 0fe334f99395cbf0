// A run of a row, with errors made up for by what follows (Feedback.h).
#include "lib/Quantize/EncodeRow.h"
#include "lib/Quantize/Feedback.h"
#include <algorithm>
#include <cmath>
#include <cstring>

#pragma STDC FP_CONTRACT OFF

#include "lib/Quantize/EncodeAffine.h"
#include "lib/Quantize/EncodeScaled.h"

using namespace lfm2c;

namespace {

/// y[i] -= a * x[i]
LFM2C_INLINE void subtract(float *y, float a, const float *x, int64_t count) {
  for (int64_t i = 0; i < count; ++i)
    y[i] -= a * x[i];
}

template <typename Encoder> class RunEncoder {
public:
  LFM2C_INLINE RunEncoder(const Grid &grid, const Encoder &encoder,
                          const FeedbackRun &run, const float *values)
      : grid(grid), encoder(encoder), run(run), values(values),
        blocks(run.size / grid.elements), levels(run.size), rest(run.size) {}

  LFM2C_INLINE void encode(uint8_t *bytes) {
    roundInOrder();
    for (unsigned pass = 0; pass < 3; ++pass)
      if (!moveLevels())
        break;
    for (size_t b = 0; b < blocks.size(); ++b) {
      for (unsigned i = 0; i < grid.elements; ++i)
        blocks[b].q[i] =
            encoder.getLevels().code(levels[b * grid.elements + i]);
      writeBlock(grid, blocks[b], bytes);
      bytes += getFormatInfo(grid.format).blockBytes;
    }
  }

private:
  LFM2C_INLINE float scaleAt(int64_t i) const {
    const GridBlock &block = blocks[i / grid.elements];
    const int64_t sub = i % grid.elements / grid.sub;
    return block.d * float(block.sc[sub]);
  }
  LFM2C_INLINE float offsetAt(int64_t i) const {
    const GridBlock &block = blocks[i / grid.elements];
    const int64_t sub = i % grid.elements / grid.sub;
    return grid.hasMin ? grid.minSign * block.dmin * float(block.m[sub]) : 0;
  }

  /// Chooses the scales of each block when its turn comes, by what errors
  /// before it have made of it.
  LFM2C_INLINE void roundInOrder() {
    const int64_t n = run.size;
    std::copy_n(values, n, rest.begin());
    Lanes x[maxBlockElements / 8], w[maxBlockElements / 8];
    for (int64_t at = 0; at < n; at += grid.elements) {
      std::memcpy(x, rest.data() + at, grid.elements * 4);
      std::memcpy(w, run.weights.data() + at, grid.elements * 4);
      encoder.choose(x, w, blocks[at / grid.elements]);
      for (int64_t i = at; i < at + grid.elements; ++i) {
        const float s = scaleAt(i), c = offsetAt(i);
        const float *u = &run.factor[i * n];
        levels[i] = encoder.getLevels().nearest(
            Lanes((rest[i] - c) * (s != 0 ? 1 / s : 0)))[0];
        const float error = rest[i] - (s * levels[i] + c);
        subtract(&rest[i + 1], error / u[i], u + i + 1, n - i - 1);
      }
    }
  }

  /// Moves levels to a neighbour where that lessens the error of all; false
  /// where none did.
  LFM2C_INLINE bool moveLevels() {
    const int64_t n = run.size;
    // H e, with e the errors of the values as they were.
    std::vector<float> &pull = rest;
    std::fill(pull.begin(), pull.end(), 0.f);
    for (int64_t i = 0; i < n; ++i) {
      const float error = values[i] - (scaleAt(i) * levels[i] + offsetAt(i));
      subtract(pull.data(), -error, &run.products[i * n], n);
    }
    bool moved = false;
    for (int64_t i = 0; i < n; ++i) {
      const float s = scaleAt(i), own = run.products[i * n + i];
      const float wanted = pull[i] / own; // Makes up for all, alone.
      if (s == 0 || std::fabs(wanted) < std::fabs(s) * 0.25f)
        continue;
      const float next =
          encoder.getLevels().nearest(Lanes(levels[i] + wanted / s))[0];
      const float change = (next - levels[i]) * s;
      // What e' H e becomes less by.
      if (!(change * (2 * pull[i] - change * own) > 0))
        continue;
      subtract(pull.data(), change, &run.products[i * n], n);
      levels[i] = next;
      moved = true;
    }
    return moved;
  }

  const Grid &grid;
  const Encoder &encoder;
  const FeedbackRun &run;
  const float *values;
  std::vector<GridBlock> blocks;
  std::vector<float> levels; ///< v of each column.
  std::vector<float> rest;
};

template <typename Encoder>
LFM2C_INLINE void encodeBy(const Grid &grid, const Encoder &encoder,
                           const FeedbackRun &run, const float *values,
                           uint8_t *bytes) {
  RunEncoder<Encoder>(grid, encoder, run, values).encode(bytes);
}

LFM2C_INLINE void encode(const Grid &grid, const FeedbackRun &run,
                         const float *values, uint8_t *bytes) {
  if (grid.hasMin)
    encodeBy(grid, AffineEncoder<WholeLevels>(grid, AffineSearch()), run,
             values, bytes);
  else if (grid.table)
    encodeBy(grid, ScaledEncoder<TableLevels>(grid, ScaleSearch()), run, values,
             bytes);
  else
    encodeBy(grid, ScaledEncoder<WholeLevels>(grid, ScaleSearch()), run, values,
             bytes);
}

#ifdef __x86_64__
__attribute__((target("avx2"))) void encodeWide(const Grid &grid,
                                                const FeedbackRun &run,
                                                const float *values,
                                                uint8_t *bytes) {
  encode(grid, run, values, bytes);
}
#endif

} // namespace

bool lfm2c::canFeedBack(Format format, int64_t columns) {
  const std::optional<Grid> grid = describeGrid(format);
  return grid && !grid->hasRowScale && columns % grid->elements == 0;
}

void lfm2c::encodeRun(Format format, const FeedbackRun &run,
                      const float *values, uint8_t *bytes) {
  const std::optional<Grid> grid = describeGrid(format);
  // The sum is not finite where one of them is not: errors would spread.
  float sum = 0;
  for (int64_t i = 0; i < run.size; ++i)
    sum += values[i] * 0;
  if (sum != 0)
    return encodeRow(format, values, nullptr, bytes, run.size);
#ifdef __x86_64__
  if (__builtin_cpu_supports("avx2"))
    return encodeWide(*grid, run, values, bytes);
#endif
  encode(*grid, run, values, bytes);
}
