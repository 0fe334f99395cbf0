// A scale and an offset for a stretch of values: x ~ s * v + c.
//
// As in FitScale.h, but the best pair for given levels solves two equations:
//
//   [sum(w v v)  sum(w v)] [s]   [sum(w x v)]
//   [sum(w v)    sum(w)  ] [c] = [sum(w x)  ]

#ifndef LFM2C_LIB_QUANTIZE_FITAFFINE_H
#define LFM2C_LIB_QUANTIZE_FITAFFINE_H

#include "lib/Quantize/Lanes.h"

namespace lfm2c {

struct AffineSums {
  float xv = 0, vv = 0, v = 0; // Weighted, of levels.
  float x = 0, one = 0;        // The same for all levels.

  /// What s and c gain over zeros.
  float gain(float s, float c) const {
    return s * (2 * xv - s * vv) + c * (2 * x - c * one) - 2 * s * c * v;
  }
};

struct AffineFit {
  float s = 0, c = 0, gain = 0;
};

template <typename Levels>
LFM2C_INLINE AffineSums sumAffine(const Stretch &line, const Levels &levels,
                                  float inverse, float c, float x, float one) {
  Lanes xv = 0.f, vv = 0.f, v1 = 0.f;
  const float shift = -c * inverse;
  for (unsigned i = 0; i < line.count; ++i) {
    const Lanes v = levels.nearest(line.x[i] * inverse + shift);
    const Lanes wv = line.w[i] * v;
    xv += wv * line.x[i];
    vv += wv * v;
    v1 += wv;
  }
  return {sumLanes(xv), sumLanes(vv), sumLanes(v1), x, one};
}

/// The best s and c for the levels of `sums`, c not above `most`.
LFM2C_INLINE AffineFit solveAffine(const AffineSums &sums, float most) {
  const float det = sums.vv * sums.one - sums.v * sums.v;
  AffineFit fit;
  if (det > 1e-6f * sums.vv * sums.one) {
    fit.s = (sums.xv * sums.one - sums.v * sums.x) / det;
    fit.c = (sums.vv * sums.x - sums.v * sums.xv) / det;
  } else if (sums.one > 0) {
    fit.c = sums.x / sums.one; // All levels are equal.
  }
  if (fit.c > most) {
    fit.c = most;
    fit.s = sums.vv > 0 ? (sums.xv - most * sums.v) / sums.vv : 0;
  }
  fit.gain = sums.gain(fit.s, fit.c);
  return fit;
}

/// What does not depend on levels; values without weight count for nothing.
struct StretchSums {
  float low = 0, high = 0, x = 0, one = 0;
};

LFM2C_INLINE StretchSums sumStretch(const Stretch &line) {
  constexpr float none = 3e38f;
  Lanes low = none, high = -none, x = 0.f, one = 0.f;
  for (unsigned i = 0; i < line.count; ++i) {
    const Lanes own = line.x[i], weight = line.w[i];
    low = __builtin_elementwise_min(low, weight > 0 ? own : Lanes(none));
    high = __builtin_elementwise_max(high, weight > 0 ? own : Lanes(-none));
    x += weight * own;
    one += weight;
  }
  StretchSums sums = {low[0], high[0], sumLanes(x), sumLanes(one)};
  for (int i = 1; i < 8; ++i) {
    sums.low = low[i] < sums.low ? low[i] : sums.low;
    sums.high = high[i] > sums.high ? high[i] : sums.high;
  }
  return sums;
}

/// As ScaleSearch: of the levels, `first` to `last` times those that there are
/// would reach over the range of the values.
struct AffineSearch {
  float first = 0.85f, last = 1.7f;
  unsigned steps = 24, fine = 2, refinements = 2;
};

/// The best scale (>= 0) and offset before they are rounded, c not above
/// `most`. The levels reach from `lowest` to `highest`.
template <typename Levels>
LFM2C_INLINE AffineFit fitAffine(const Stretch &line, const Levels &levels,
                                 const StretchSums &total, float lowest,
                                 float highest, float most,
                                 const AffineSearch &search) {
  const float low = total.low < most ? total.low : most;
  const float range = total.high - low;
  AffineFit best;
  if (!(total.one > 0))
    return best;
  if (!(range > 1e-30f)) { // One value.
    best.c = low;
    best.gain = AffineSums{0, 0, 0, total.x, total.one}.gain(0, low);
    return best;
  }
  const float middle = low + range / 2;
  float bestAt = 1;
  auto attempt = [&](float at, float shift) __attribute__((always_inline)) {
    // Both ends are cut off alike, up to a part of a level.
    const float s = range / (at * (highest - lowest));
    float c = middle - s * ((lowest + highest) / 2 + shift);
    c = c < most ? c : most;
    AffineFit fit = solveAffine(
        sumAffine(line, levels, 1 / s, c, total.x, total.one), most);
    for (unsigned r = 0; r < search.refinements && fit.s > 0; ++r) {
      const AffineFit next = solveAffine(
          sumAffine(line, levels, 1 / fit.s, fit.c, total.x, total.one), most);
      if (!(next.gain > fit.gain))
        break;
      fit = next;
    }
    if (fit.gain > best.gain && fit.s >= 0) {
      best = fit;
      bestAt = at;
    }
  };
  const float step = (search.last - search.first) / float(search.steps - 1);
  for (unsigned k = 0; k < search.steps; ++k)
    attempt(search.first + step * float(k), float(int(k % 3) - 1) / 3);
  const float centre = bestAt, part = step / float(search.fine + 1);
  for (unsigned k = 1; k <= search.fine; ++k) {
    attempt(centre - part * float(k), 0);
    attempt(centre + part * float(k), 0);
  }
  return best;
}

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_FITAFFINE_H
