// The Mersenne Twister MT19937, and the numbers in [0, 1) that C++ libraries
// make of its words. It is what llama.cpp draws with, so that equal seeds and
// equal probabilities give equal texts.
#ifndef LFM2RT_SAMPLER_RANDOM_H
#define LFM2RT_SAMPLER_RANDOM_H

#include <stdint.h>

namespace lfm2rt {

class Random {
public:
  void seed(uint32_t value);
  uint32_t word();
  double uniform(); // Of two words.
  // In [0, 1], of one word.
  float chance() { return float(word()) / 4294967296.0f; }

private:
  static constexpr uint32_t size = 624, middle = 397;

  void turn();

  uint32_t words[size];
  uint32_t next;
};

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_RANDOM_H
