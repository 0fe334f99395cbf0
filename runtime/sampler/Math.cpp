#include "runtime/sampler/Math.h"

namespace lfm2rt {

double logarithm(double x) {
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

double power(double x, double exponent) {
  return exponential(exponent * logarithm(x));
}

} // namespace lfm2rt
