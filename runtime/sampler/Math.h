// exp and log for probabilities: the runtime has no libm. Errors are below
// 1e-14 relative, far under the float that logits come in.
#ifndef LFM2RT_SAMPLER_MATH_H
#define LFM2RT_SAMPLER_MATH_H

#include <stdint.h>

namespace lfm2rt {

// For x <= 0, as it is met here; 0 below -700, and for what is not a number.
inline double exponential(double x) {
  if (!(x > -700))
    return 0;
  // x = n ln 2 + r with |r| <= ln 2 / 2, then Taylor to r^11.
  double n = double(int64_t(x * 1.4426950408889634 - 0.5));
  double r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  constexpr double inverseFactorials[] = {
      1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
      1.0 / 5040,     1.0 / 720,     1.0 / 120,    1.0 / 24,
      1.0 / 6,        1.0 / 2,       1.0,          1.0};
  double sum = 0;
  for (double factor : inverseFactorials)
    sum = sum * r + factor;
  union {
    uint64_t bits;
    double value;
  } power = {uint64_t(int64_t(n) + 1023) << 52};
  return sum * power.value;
}

// For normal x > 0.
inline double logarithm(double x) {
  union {
    double value;
    uint64_t bits;
  } parts = {x};
  int64_t n = int64_t(parts.bits >> 52) - 1023;
  parts.bits = (parts.bits & 0xfffffffffffffu) | uint64_t(1023) << 52;
  double m = parts.value; // In [1, 2); brought around 1.
  if (m > 1.4142135623730951) {
    m /= 2;
    ++n;
  }
  // ln m = 2 atanh((m - 1) / (m + 1)).
  double z = (m - 1) / (m + 1), sum = 0;
  for (int i = 23; i > 0; i -= 2)
    sum = sum * z * z + 1.0 / i;
  return double(n) * 0.6931471805599453 + 2 * z * sum;
}

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_MATH_H
