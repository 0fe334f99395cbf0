#include "runtime/sampler/Random.h"

namespace lfm2rt {

void Random::seed(uint32_t value) {
  words[0] = value;
  for (uint32_t i = 1; i < size; ++i)
    words[i] = 1812433253u * (words[i - 1] ^ words[i - 1] >> 30) + i;
  next = size;
}

uint32_t Random::word() {
  if (next == size)
    turn();
  uint32_t y = words[next++];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680u;
  y ^= y << 15 & 0xefc60000u;
  return y ^ y >> 18;
}

double Random::uniform() {
  double low = word(), high = word();
  double value = (low + high * 4294967296.0) / 18446744073709551616.0;
  return value < 1 ? value : 0.99999999999999988898;
}

void Random::turn() {
  for (uint32_t i = 0; i < size; ++i) {
    uint32_t y =
        (words[i] & 0x80000000u) | (words[(i + 1) % size] & 0x7fffffffu);
    words[i] = words[(i + middle) % size] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
  }
  next = 0;
}

} // namespace lfm2rt
