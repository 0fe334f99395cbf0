// One scale for a stretch of values: x ~ s * v.
//
// For levels v that are chosen already, the best scale is that of weighted
// least squares, s = sum(w x v) / sum(w v v), and what it gains over s = 0 is
// sum(w x v)^2 / sum(w v v). Which v are best depends on s in steps, so scales
// are tried over the range that can be best; the levels nearest to x / s
// follow, and from them a better s.

#ifndef LFM2C_LIB_QUANTIZE_FITSCALE_H
#define LFM2C_LIB_QUANTIZE_FITSCALE_H

#include "lib/Quantize/Lanes.h"

namespace lfm2c {

/// Sums over a stretch whose levels are those next to x / s.
struct ScaleSums {
  float xv = 0, vv = 0;

  float best() const { return vv > 0 ? xv / vv : 0; }
  /// What is gained over all zeros with the scale s, and with the best.
  float gain(float s) const { return s * (2 * xv - s * vv); }
  float gain() const { return vv > 0 ? xv * xv / vv : 0; }
};

template <typename Levels>
LFM2C_INLINE ScaleSums sumScale(const Stretch &line, const Levels &levels,
                                float inverse) {
  Lanes xv = 0.f, vv = 0.f;
  for (unsigned i = 0; i < line.count; ++i) {
    const Lanes v = levels.nearest(line.x[i] * inverse);
    const Lanes wv = line.w[i] * v;
    xv += wv * line.x[i];
    vv += wv * v;
  }
  return {sumLanes(xv), sumLanes(vv)};
}

struct ScaleFit {
  float s = 0, gain = 0;
};

/// Sums with the scale `s`; zeros gain nothing.
template <typename Levels>
LFM2C_INLINE ScaleSums sumAt(const Stretch &line, const Levels &levels,
                             float s) {
  return s == 0 ? ScaleSums() : sumScale(line, levels, 1 / s);
}

/// The largest size of a value that has weight.
LFM2C_INLINE float largestOf(const Stretch &line) {
  Lanes largest = 0.f;
  for (unsigned i = 0; i < line.count; ++i)
    largest = __builtin_elementwise_max(
        largest,
        __builtin_elementwise_abs(line.w[i] > 0 ? line.x[i] : Lanes(0.f)));
  float result = 0;
  for (int i = 0; i < 8; ++i)
    result = largest[i] > result ? largest[i] : result;
  return result;
}

/// Scales worth trying put the largest value at `first` times the largest level
/// to `last` times: below 1 it is never reached, above it is cut off. `steps`
/// of them are tried, then `fine` on either side of the best, then what levels
/// ask for.
struct ScaleSearch {
  float first = 0.75f, last = 2.2f;
  unsigned steps = 48, fine = 3, refinements = 2;
};

/// The best scale before it is rounded.
template <typename Levels>
LFM2C_INLINE ScaleFit fitScale(const Stretch &line, const Levels &levels,
                               float reach, bool bothSigns,
                               const ScaleSearch &search) {
  const float largest = largestOf(line);
  ScaleFit best;
  if (!(largest > 1e-30f))
    return best;
  const float step = (search.last - search.first) / float(search.steps - 1);
  float bestAt = 0;
  auto attempt = [&](float at) __attribute__((always_inline)) {
    const ScaleSums sums = sumScale(line, levels, at * reach / largest);
    if (sums.gain() > best.gain) {
      best = {sums.best(), sums.gain()};
      bestAt = at;
    }
  };
  for (unsigned k = 0; k < search.steps; ++k) {
    const float at = search.first + step * float(k);
    attempt(at);
    if (bothSigns)
      attempt(-at);
  }
  const float centre = bestAt, part = step / float(search.fine + 1);
  for (unsigned k = 1; k <= search.fine; ++k) {
    attempt(centre - part * float(k));
    attempt(centre + part * float(k));
  }
  for (unsigned k = 0; k < search.refinements && best.s != 0; ++k) {
    const ScaleSums sums = sumAt(line, levels, best.s);
    if (!(sums.gain() > best.gain))
      break;
    best = {sums.best(), sums.gain()};
  }
  return best;
}

} // namespace lfm2c

#endif // LFM2C_LIB_QUANTIZE_FITSCALE_H
