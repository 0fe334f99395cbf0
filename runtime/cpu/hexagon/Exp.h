// e^x and 2^x in single precision, to within one unit of the last place.
#ifndef LFM2RT_CPU_HEXAGON_EXP_H
#define LFM2RT_CPU_HEXAGON_EXP_H

#include <stdint.h>

namespace lfm2rt::soft {

inline float powerOfTwo(int32_t n) { // Of a normal number.
  union {
    uint32_t bits;
    float value;
  } power = {uint32_t(n + 127) << 23};
  return power.value;
}

// e^rest * 2^n for |rest| <= ln 2 / 2 and any n that a float can hold, by
// Taylor to rest^7: the next term is below 6e-9.
inline float scaledExp(float rest, int32_t n) {
  constexpr float inverseFactorials[] = {1.0f / 5040, 1.0f / 720, 1.0f / 120,
                                         1.0f / 24,   1.0f / 6,   1.0f / 2,
                                         1.0f,        1.0f};
  float sum = 0;
  for (float factor : inverseFactorials)
    sum = __builtin_fmaf(sum, rest, factor);
  // In two steps, since 2^n alone may be no normal number.
  int32_t first = n / 2;
  return sum * powerOfTwo(first) * powerOfTwo(n - first);
}

inline float exponentialOf(float x) {
  if (x != x)
    return x;
  if (x > 89.0f)
    return __builtin_inff();
  if (x < -104.0f)
    return 0;
  float scaled = x * 1.44269504f;
  int32_t n = int32_t(scaled < 0 ? scaled - 0.5f : scaled + 0.5f);
  // ln 2 in two parts, the first of few bits, so that n times it is exact.
  float rest = __builtin_fmaf(float(n), -0.693359375f, x);
  return scaledExp(__builtin_fmaf(float(n), 2.12194440e-4f, rest), n);
}

inline float powerOfTwoOf(float x) {
  if (x != x)
    return x;
  if (x >= 128.0f)
    return __builtin_inff();
  if (x < -150.0f)
    return 0;
  int32_t n = int32_t(x < 0 ? x - 0.5f : x + 0.5f);
  return scaledExp((x - float(n)) * 0.693147180559945f, n);
}

} // namespace lfm2rt::soft

#endif // LFM2RT_CPU_HEXAGON_EXP_H
