// The Mersenne Twister MT19937, and the double in [0, 1) that C++ libraries
// make of two of its words. It is what llama.cpp draws with, so that equal
// seeds and equal probabilities give equal texts.
#ifndef LFM2RT_SAMPLER_RANDOM_H
#define LFM2RT_SAMPLER_RANDOM_H

#include <stdint.h>

namespace lfm2rt {

class Random {
public:
  void seed(uint32_t value) {
    words[0] = value;
    for (uint32_t i = 1; i < size; ++i)
      words[i] = 1812433253u * (words[i - 1] ^ words[i - 1] >> 30) + i;
    next = size;
  }

  uint32_t word() {
    if (next == size)
      turn();
    uint32_t y = words[next++];
    y ^= y >> 11;
    y ^= y << 7 & 0x9d2c5680u;
    y ^= y << 15 & 0xefc60000u;
    return y ^ y >> 18;
  }

  // In [0, 1], of float32, of one word.
  float chance() { return float(word()) / 4294967296.0f; }

  double uniform() {
    double low = word(), high = word();
    double value = (low + high * 4294967296.0) / 18446744073709551616.0;
    return value < 1 ? value : 0.99999999999999988898;
  }

private:
  static constexpr uint32_t size = 624, middle = 397;

  void turn() {
    for (uint32_t i = 0; i < size; ++i) {
      uint32_t y =
          (words[i] & 0x80000000u) | (words[(i + 1) % size] & 0x7fffffffu);
      words[i] =
          words[(i + middle) % size] ^ y >> 1 ^ (y & 1 ? 0x9908b0dfu : 0);
    }
    next = 0;
  }

  uint32_t words[size];
  uint32_t next;
};

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_RANDOM_H
