// exp and log for probabilities: the runtime has no libm. Errors are below
// 1e-10 relative, a hundredth of the rounding of the float that comes of them.
#ifndef LFM2RT_SAMPLER_MATH_H
#define LFM2RT_SAMPLER_MATH_H

#include <stdint.h>

namespace lfm2rt {

// For x < 700; as good as 0 below -700, and for what is not a number. Without a
// branch, so that loops of it are made of vectors.
inline double exponential(double x) {
  double inside = x > -700 ? x : -700;
  // x = n ln 2 + 4 r with |r| <= ln 2 / 8. What is added and taken away leaves
  // n in the low bits of the sum. Then Taylor to r^6, squared twice.
  constexpr double rounder = 6755399441055744.0; // 1.5 * 2^52
  union {
    double value;
    uint64_t bits;
  } power = {inside * 1.4426950408889634 + rounder};
  double n = power.value - rounder;
  power.bits = (power.bits << 52) + (uint64_t(1023) << 52);
  double r = inside * 0.25 - n * 0.17328679513998633;
  double sum = 1.0 / 720;
  constexpr double factors[] = {1.0 / 120, 1.0 / 24, 1.0 / 6,
                                1.0 / 2,   1.0,      1.0};
  for (double factor : factors)
    sum = sum * r + factor;
  sum *= sum;
  return sum * sum * power.value;
}

// For normal x > 0.
double logarithm(double x);
double power(double x, double exponent);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_MATH_H
