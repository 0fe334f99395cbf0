// Blocks with minima: w = d * sc[b] * v + sign * dmin * m[b], or d * v + dmin.
#ifndef LFM2C_LIB_QUANTIZE_ENCODEAFFINE_H
#define LFM2C_LIB_QUANTIZE_ENCODEAFFINE_H

#include "lib/Quantize/FitAffine.h"

namespace lfm2c {

template <typename Levels> class AffineEncoder {
public:
  AffineEncoder(const Grid &grid, const AffineSearch &search)
      : grid(grid), levels(grid), search(search) {}

  /// As ScaledEncoder's.
  LFM2C_INLINE float choose(const Lanes *x, const Lanes *w,
                            GridBlock &block) const {
    std::fill_n(block.sc, maxSubBlocks, 1);
    std::fill_n(block.m, maxSubBlocks, 1);
    return grid.hasSubScales() ? chooseJointly(x, w, block)
                               : chooseOne(x, w, block);
  }

  const Levels &getLevels() const { return levels; }

private:
  /// A sub-block, what is known of it, and what is chosen.
  struct Sub {
    Stretch line;
    StretchSums total;
    int sc, m;
    AffineSums sums;
    float gain;
  };

  LFM2C_INLINE AffineSums sumsAt(const Sub &sub, float s, float c) const {
    return sumAffine(sub.line, levels, s > 0 ? 1 / s : 0, c, sub.total.x,
                     sub.total.one);
  }

  LFM2C_INLINE float chooseOne(const Lanes *x, const Lanes *w,
                               GridBlock &block) const {
    Sub sub = {{x, w, grid.elements / 8}, {}, 1, 1, {}, 0};
    sub.total = sumStretch(sub.line);
    const AffineFit fit = fitAffine(sub.line, levels, sub.total, grid.lowest,
                                    grid.highest, 1e30f, search);
    block.d = grid.roundScale(fit.s);
    block.dmin = grid.roundScale(grid.minSign * fit.c);
    const float c = grid.minSign * block.dmin;
    return sumsAt(sub, block.d, c).gain(block.d, c);
  }

  /// Steps to the best neighbour of sc and m as long as there is one.
  LFM2C_INLINE void descend(Sub &sub, float d, float dmin, int sc, int m,
                            unsigned steps) const {
    auto clampScale = [&](int v) {
      return std::clamp(v, grid.scLow, grid.scHigh);
    };
    auto clampMin = [&](int v) { return std::clamp(v, grid.mLow, grid.mHigh); };
    sub.sc = clampScale(sc);
    sub.m = clampMin(m);
    auto measure = [&](int sc, int m, Sub &out) {
      const float s = d * float(sc), c = grid.minSign * dmin * float(m);
      out.sc = sc;
      out.m = m;
      out.sums = sumsAt(sub, s, c);
      out.gain = out.sums.gain(s, c);
    };
    measure(sub.sc, sub.m, sub);
    for (unsigned k = 0; k < steps; ++k) {
      const int centreS = sub.sc, centreM = sub.m;
      bool moved = false;
      for (int ds = -1; ds <= 1; ++ds)
        for (int dm = -1; dm <= 1; ++dm) {
          const int nextS = centreS + ds, nextM = centreM + dm;
          if ((!ds && !dm) || nextS != clampScale(nextS) ||
              nextM != clampMin(nextM))
            continue;
          Sub other = sub;
          measure(nextS, nextM, other);
          if (other.gain > sub.gain) {
            sub = other;
            moved = true;
          }
        }
      if (!moved)
        return;
    }
  }

  /// The best d and dmin for the sub-scales, minima and levels of the block.
  LFM2C_INLINE void improve(const Sub *subs, float &d, float &dmin) const {
    float aa = 0, ab = 0, bb = 0, ax = 0, bx = 0;
    for (unsigned b = 0; b < grid.subs; ++b) {
      const Sub &s = subs[b];
      const float sc = float(s.sc), m = grid.minSign * float(s.m);
      aa += sc * sc * s.sums.vv;
      ab += sc * m * s.sums.v;
      bb += m * m * s.sums.one;
      ax += sc * s.sums.xv;
      bx += m * s.sums.x;
    }
    const float det = aa * bb - ab * ab;
    if (det > 1e-6f * aa * bb) {
      d = (ax * bb - bx * ab) / det;
      dmin = (bx * aa - ax * ab) / det;
    } else if (aa > 0) {
      d = (ax - dmin * ab) / aa;
    }
  }

  LFM2C_INLINE float chooseAll(Sub *subs, const AffineFit *fits, float d,
                               float dmin, unsigned steps) const {
    float gain = 0;
    for (unsigned b = 0; b < grid.subs; ++b) {
      const float sc = d > 0 ? fits[b].s / d : 0;
      const float m = dmin > 0 ? grid.minSign * fits[b].c / dmin : 0;
      descend(subs[b], d, dmin, int(sc + 0.5f), int(m + 0.5f), steps);
      gain += subs[b].gain;
    }
    return gain;
  }

  LFM2C_INLINE float chooseJointly(const Lanes *x, const Lanes *w,
                                   GridBlock &block) const {
    Sub subs[maxSubBlocks];
    AffineFit fits[maxSubBlocks];
    const unsigned n = grid.sub / 8;
    float largestS = 0, largestC = 0;
    for (unsigned b = 0; b < grid.subs; ++b) {
      subs[b].line = {x + b * n, w + b * n, n};
      subs[b].total = sumStretch(subs[b].line);
      fits[b] = fitAffine(subs[b].line, levels, subs[b].total, grid.lowest,
                          grid.highest, grid.minSign < 0 ? 0.f : 1e30f, search);
      largestS = std::max(largestS, fits[b].s);
      largestC = std::max(largestC, grid.minSign * fits[b].c);
    }
    float best = -1;
    for (float at : {1.f, 0.94f}) {
      float d = grid.roundScale(largestS / (float(grid.scHigh) * at));
      float dmin = grid.roundScale(largestC / (float(grid.mHigh) * at));
      float gain = chooseAll(subs, fits, d, dmin, 3);
      for (int k = 0;; ++k) {
        if (gain > best) {
          best = gain;
          block.d = d;
          block.dmin = dmin;
          for (unsigned b = 0; b < grid.subs; ++b) {
            block.sc[b] = subs[b].sc;
            block.m[b] = subs[b].m;
          }
        } else if (k) {
          break;
        }
        if (k == 3)
          break;
        float nextD = d, nextMin = dmin;
        improve(subs, nextD, nextMin);
        nextD = grid.roundScale(std::max(nextD, 0.f));
        nextMin = grid.roundScale(std::max(nextMin, 0.f));
        if (nextD == d && nextMin == dmin)
          break;
        d = nextD;
        dmin = nextMin;
        gain = 0;
        for (unsigned b = 0; b < grid.subs; ++b) {
          descend(subs[b], d, dmin, subs[b].sc, subs[b].m, 1);
          gain += subs[b].gain;
        }
      }
    }
    return best;
  }

  const Grid &grid;
  Levels levels;
  AffineSearch search;
};

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_ENCODEAFFINE_H
