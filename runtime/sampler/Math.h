// exp and log for probabilities: the runtime has no libm. Errors are below
// 1e-14 relative, far under the float that logits come in.
#ifndef LFM2RT_SAMPLER_MATH_H
#define LFM2RT_SAMPLER_MATH_H

#include <stdint.h>

namespace lfm2rt {

// For x < 700; 0 below -700, and for what is not a number. Without a branch, so
// that loops of it are made of vectors.
inline double exponential(double x) {
  double inside = x > -700 ? x : -700;
  // x = n ln 2 + r with |r| <= ln 2 / 2, then Taylor to r^11. What is added and
  // taken away leaves n in the low bits of the sum.
  constexpr double rounder = 6755399441055744.0; // 1.5 * 2^52
  union {
    double value;
    uint64_t bits;
  } power = {inside * 1.4426950408889634 + rounder};
  double n = power.value - rounder;
  power.bits = (power.bits << 52) + (uint64_t(1023) << 52);
  double r =
      (inside - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  constexpr double inverseFactorials[] = {
      1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
      1.0 / 5040,     1.0 / 720,     1.0 / 120,    1.0 / 24,
      1.0 / 6,        1.0 / 2,       1.0,          1.0};
  double sum = 0;
  for (double factor : inverseFactorials)
    sum = sum * r + factor;
  return x > -700 ? sum * power.value : 0;
}

// For normal x > 0.
double logarithm(double x);
double power(double x, double exponent);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_MATH_H
