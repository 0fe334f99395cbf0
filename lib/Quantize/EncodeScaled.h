// Blocks without minima: w = d * sc[b] * v, or d * v.
#ifndef LFM2C_LIB_QUANTIZE_ENCODESCALED_H
#define LFM2C_LIB_QUANTIZE_ENCODESCALED_H

#include "lib/Quantize/FitScale.h"

namespace lfm2c {

template <typename Levels> class ScaledEncoder {
public:
  ScaledEncoder(const Grid &grid, const ScaleSearch &search)
      : grid(grid), levels(grid), search(search),
        reach(std::max(-grid.lowest, grid.highest)),
        bothSigns(grid.isSigned() && -grid.lowest != grid.highest) {}

  /// Chooses d and sub-scales of the block whose values and weights are `x` and
  /// `w`; returns what that gains over zeros.
  LFM2C_INLINE float choose(const Lanes *x, const Lanes *w,
                            GridBlock &block) const {
    std::fill_n(block.sc, maxSubBlocks, 1);
    return grid.hasSubScales() ? chooseJointly(x, w, block)
                               : chooseOne(x, w, block);
  }

  const Levels &getLevels() const { return levels; }

private:
  Stretch stretch(const Lanes *x, const Lanes *w, unsigned b) const {
    const unsigned n = grid.sub / 8;
    return {x + b * n, w + b * n, n};
  }

  LFM2C_INLINE float chooseOne(const Lanes *x, const Lanes *w,
                               GridBlock &block) const {
    const Stretch line = {x, w, grid.elements / 8};
    const ScaleFit fit = fitScale(line, levels, reach, bothSigns, search);
    float best = 0;
    block.d = grid.roundScale(0);
    // Scales that are powers of two are far from each other.
    for (float factor : {1.f, 0.5f, 2.f}) {
      const float d = grid.roundScale(fit.s * factor);
      const float gain = sumAt(line, levels, d).gain(d);
      if (gain > best) {
        best = gain;
        block.d = d;
      }
      if (!grid.hasCoarseScale())
        break;
    }
    return best;
  }

  /// The best sub-scale next to `wanted` for a block with this d.
  LFM2C_INLINE float chooseSub(const Stretch &line, float d, float wanted,
                               int &sc) const {
    const float at = d == 0 ? 0 : wanted / d;
    const int below = int(std::floor(std::clamp(at, -1e6f, 1e6f)));
    float best = 0;
    sc = std::clamp(0, grid.scLow, grid.scHigh);
    for (int k = below; k <= below + 1; ++k) {
      const int own = std::clamp(k, grid.scLow, grid.scHigh);
      const float s = d * float(own);
      const float gain = sumAt(line, levels, s).gain(s);
      if (gain > best) {
        best = gain;
        sc = own;
      }
    }
    return best;
  }

  LFM2C_INLINE float chooseAll(const Lanes *x, const Lanes *w,
                               const ScaleFit *fits, float d,
                               GridBlock &block) const {
    float gain = 0;
    block.d = d;
    for (unsigned b = 0; b < grid.subs; ++b)
      gain += chooseSub(stretch(x, w, b), d, fits[b].s, block.sc[b]);
    return gain;
  }

  /// The best d for the sub-scales and levels of the block.
  LFM2C_INLINE float improve(const Lanes *x, const Lanes *w,
                             const GridBlock &block) const {
    float up = 0, down = 0;
    for (unsigned b = 0; b < grid.subs; ++b) {
      const float sc = float(block.sc[b]);
      const ScaleSums sums = sumAt(stretch(x, w, b), levels, block.d * sc);
      up += sc * sums.xv;
      down += sc * sc * sums.vv;
    }
    return down > 0 ? up / down : 0;
  }

  LFM2C_INLINE float chooseJointly(const Lanes *x, const Lanes *w,
                                   GridBlock &block) const {
    ScaleFit fits[maxSubBlocks];
    float largest = 0;
    for (unsigned b = 0; b < grid.subs; ++b) {
      fits[b] = fitScale(stretch(x, w, b), levels, reach, bothSigns, search);
      if (std::fabs(fits[b].s) > std::fabs(largest))
        largest = fits[b].s;
    }
    float best = 0;
    block.d = 0;
    std::fill_n(block.sc, maxSubBlocks, std::clamp(0, grid.scLow, grid.scHigh));
    if (largest == 0)
      return 0;
    // The largest sub-scale may stand a little below the end of its range, or
    // be cut off.
    for (int end : {grid.scLow, grid.scHigh}) {
      if (end == 0)
        continue;
      for (float at : {1.06f, 1.f, 0.95f, 0.9f}) {
        GridBlock own;
        float d = grid.roundScale(largest / (float(end) * at));
        float gain = chooseAll(x, w, fits, d, own);
        for (int k = 0; k < 2; ++k) {
          const float next = grid.roundScale(improve(x, w, own));
          if (next == own.d || next == 0)
            break;
          GridBlock other;
          const float nextGain = chooseAll(x, w, fits, next, other);
          if (!(nextGain > gain))
            break;
          gain = nextGain;
          own.d = other.d;
          std::copy_n(other.sc, maxSubBlocks, own.sc);
        }
        if (gain > best) {
          best = gain;
          block.d = own.d;
          std::copy_n(own.sc, maxSubBlocks, block.sc);
        }
      }
    }
    return best;
  }

  const Grid &grid;
  Levels levels;
  ScaleSearch search;
  float reach;
  bool bothSigns;
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_ENCODESCALED_H
