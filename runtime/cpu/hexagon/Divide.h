// Division of whole numbers, one bit of the quotient after the other.
#ifndef LFM2RT_CPU_HEXAGON_DIVIDE_H
#define LFM2RT_CPU_HEXAGON_DIVIDE_H

#include <stdint.h>

namespace lfm2rt::soft {

template <typename Word> struct Division {
  Word quotient, rest;
};

inline int leadingZeros(uint32_t word) { return __builtin_clz(word); }
inline int leadingZeros(uint64_t word) { return __builtin_clzll(word); }

// What division by zero gives is for nobody to rely on.
template <typename Word> Division<Word> divideWhole(Word n, Word divisor) {
  if (divisor > n || divisor == 0)
    return {0, n};
  int shift = leadingZeros(divisor) - leadingZeros(n);
  divisor <<= shift;
  Word quotient = 0;
  for (; shift >= 0; --shift, divisor >>= 1) {
    quotient <<= 1;
    if (n >= divisor) {
      n -= divisor;
      quotient |= 1;
    }
  }
  return {quotient, n};
}

// The quotient is rounded to zero, and the rest has the sign of `n`.
template <typename Word, typename Signed>
Division<Signed> divideSigned(Signed n, Signed divisor) {
  Division<Word> sizes =
      divideWhole<Word>(n < 0 ? Word(0) - Word(n) : Word(n),
                        divisor < 0 ? Word(0) - Word(divisor) : Word(divisor));
  bool negative = (n < 0) != (divisor < 0);
  return {Signed(negative ? Word(0) - sizes.quotient : sizes.quotient),
          Signed(n < 0 ? Word(0) - sizes.rest : sizes.rest)};
}

} // namespace lfm2rt::soft

#endif // LFM2RT_CPU_HEXAGON_DIVIDE_H
