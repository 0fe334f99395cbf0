// Arithmetic on the bits of IEEE numbers, rounded to the nearest, ties to even:
// what a Hexagon has no instruction for. Exceptions are not recorded, and what
// is not a number comes out as the one quiet one.
#ifndef LFM2RT_CPU_HEXAGON_SOFTFLOAT_H
#define LFM2RT_CPU_HEXAGON_SOFTFLOAT_H

#include <stdint.h>

namespace lfm2rt::soft {

template <typename BitsT, int exponentBits> struct Format {
  using Bits = BitsT;
  static constexpr int width = sizeof(Bits) * 8;
  static constexpr int fraction = width - 1 - exponentBits;
  static constexpr int bias = (1 << (exponentBits - 1)) - 1;
  static constexpr int largest =
      (1 << exponentBits) - 1; // Of the exponent field.
  static constexpr Bits sign = Bits(Bits(1) << (width - 1));
  static constexpr Bits infinity = Bits(Bits(largest) << fraction);
  static constexpr Bits notANumber = Bits(infinity | Bits(1) << (fraction - 1));
  static constexpr Bits one = Bits(Bits(bias) << fraction);
};
using Half = Format<uint16_t, 5>;
using Single = Format<uint32_t, 8>;
using Double = Format<uint64_t, 11>;

template <typename F> typename F::Bits magnitude(typename F::Bits bits) {
  return typename F::Bits(bits & ~F::sign);
}
template <typename F> bool isNaN(typename F::Bits bits) {
  return magnitude<F>(bits) > F::infinity;
}

// The size of a finite number other than zero: significand / 2^63 * 2^exponent,
// bit 63 of the significand set.
struct Number {
  uint64_t significand;
  int32_t exponent;
};

template <typename F> Number unpack(typename F::Bits bits) {
  uint64_t size = magnitude<F>(bits);
  int32_t field = int32_t(size >> F::fraction);
  constexpr uint64_t hidden = uint64_t(1) << F::fraction;
  if (field)
    return {(hidden | (size & (hidden - 1))) << (63 - F::fraction),
            field - F::bias};
  int32_t zeros = __builtin_clzll(size);
  return {size << zeros, 1 - F::bias - (zeros - (63 - F::fraction))};
}

// Rounds. The lowest bit of the significand may stand for all below it.
template <typename F>
typename F::Bits pack(typename F::Bits sign, const Number &number) {
  using Bits = typename F::Bits;
  int32_t field = number.exponent + F::bias;
  if (field >= F::largest)
    return Bits(sign | F::infinity);
  // Numbers below the normal ones have their last bit all at the same place.
  int32_t dropped = 63 - F::fraction + (field > 0 ? 0 : 1 - field);
  uint64_t kept = 0, rest = 0;
  if (dropped < 64) {
    kept = number.significand >> dropped;
    rest = number.significand << (64 - dropped);
  } else if (dropped == 64) {
    rest = number.significand;
  } // Less than half of the smallest number is nothing.
  constexpr uint64_t half = uint64_t(1) << 63;
  kept += rest > half || (rest == half && (kept & 1));
  // The hidden bit, and a carry out of the fraction, count up the exponent.
  return Bits(
      sign | Bits((uint64_t(field > 0 ? field - 1 : 0) << F::fraction) + kept));
}

template <typename To, typename From>
typename To::Bits convert(typename From::Bits bits) {
  using Bits = typename To::Bits;
  Bits sign = bits & From::sign ? To::sign : Bits(0);
  if (isNaN<From>(bits))
    return Bits(sign | To::notANumber);
  if (magnitude<From>(bits) == From::infinity)
    return Bits(sign | To::infinity);
  if (magnitude<From>(bits) == 0)
    return sign;
  return pack<To>(sign, unpack<From>(bits));
}

// The upper 64 bits of the product, the last of them set if any below is.
inline uint64_t multiplyHigh(uint64_t a, uint64_t b) {
  uint64_t aLow = uint32_t(a), aHigh = a >> 32;
  uint64_t bLow = uint32_t(b), bHigh = b >> 32;
  uint64_t low = aLow * bLow;
  uint64_t middle = aHigh * bLow + (low >> 32); // At most 2^64 - 2^32.
  uint64_t other = aLow * bHigh + uint32_t(middle);
  uint64_t below = uint32_t(low) | other << 32;
  return (aHigh * bHigh + (middle >> 32) + (other >> 32)) | (below != 0);
}

inline uint64_t multiply(uint64_t a, uint64_t b) {
  uint64_t sign = (a ^ b) & Double::sign;
  uint64_t sizeA = magnitude<Double>(a), sizeB = magnitude<Double>(b);
  bool endless = sizeA == Double::infinity || sizeB == Double::infinity;
  bool nothing = sizeA == 0 || sizeB == 0;
  if (isNaN<Double>(a) || isNaN<Double>(b) || (endless && nothing))
    return Double::notANumber;
  if (endless)
    return sign | Double::infinity;
  if (nothing)
    return sign;
  Number x = unpack<Double>(a), y = unpack<Double>(b);
  Number product = {multiplyHigh(x.significand, y.significand),
                    x.exponent + y.exponent + 1};
  // In [1/4, 1) of 2^64. Of the 106 bits that there are none is lost.
  if (!(product.significand >> 63)) {
    product.significand <<= 1;
    --product.exponent;
  }
  return pack<Double>(sign, product);
}

inline uint64_t divide(uint64_t a, uint64_t b) {
  uint64_t sign = (a ^ b) & Double::sign;
  uint64_t sizeA = magnitude<Double>(a), sizeB = magnitude<Double>(b);
  bool endless = sizeA == Double::infinity, nothing = sizeA == 0;
  if (isNaN<Double>(a) || isNaN<Double>(b) ||
      (endless && sizeB == Double::infinity) || (nothing && sizeB == 0))
    return Double::notANumber;
  if (endless || sizeB == 0)
    return sign | Double::infinity;
  if (nothing || sizeB == Double::infinity)
    return sign;
  Number x = unpack<Double>(a), y = unpack<Double>(b);
  constexpr int unused = 63 - Double::fraction;
  uint64_t rest = x.significand >> unused, divisor = y.significand >> unused;
  int32_t exponent = x.exponent - y.exponent;
  if (rest < divisor) {
    rest <<= 1;
    --exponent;
  }
  // One bit of the quotient after the other, the first of them set; two more
  // than a number has.
  constexpr int digits = Double::fraction + 3;
  uint64_t quotient = 0;
  for (int i = 0; i < digits; ++i) {
    quotient <<= 1;
    if (rest >= divisor) {
      rest -= divisor;
      quotient |= 1;
    }
    rest <<= 1;
  }
  return pack<Double>(sign,
                      {quotient << (64 - digits) | (rest != 0), exponent});
}

template <typename F> typename F::Bits squareRoot(typename F::Bits bits) {
  using Bits = typename F::Bits;
  if (magnitude<F>(bits) == 0 || bits == F::infinity)
    return bits;
  if (bits & F::sign || isNaN<F>(bits))
    return F::notANumber;
  Number x = unpack<F>(bits);
  // An even exponent: the number in [1, 4), its point after two bits.
  constexpr int unused = 62 - F::fraction;
  Bits digits = Bits((x.exponent & 1 ? x.significand : x.significand >> 1) >>
                     unused << (F::width - 2 - F::fraction));
  int32_t exponent = x.exponent >> 1;
  // The root's bits, of which the square takes two each, as one does it by
  // hand.
  constexpr int count = F::fraction + 3;
  Bits root = 0, rest = 0;
  for (int i = 0; i < count; ++i) {
    rest = Bits(rest << 2 | digits >> (F::width - 2));
    digits = Bits(digits << 2);
    Bits trial = Bits(root << 2 | 1);
    root = Bits(root << 1);
    if (rest >= trial) {
      rest = Bits(rest - trial);
      root |= 1;
    }
  }
  return pack<F>(0, {uint64_t(root) << (64 - count) | (rest != 0), exponent});
}

enum class Rounding { Down, Up, ToZero, ToEven, FromZero };

// To a whole number.
template <typename F>
typename F::Bits roundToWhole(typename F::Bits bits, Rounding way) {
  using Bits = typename F::Bits;
  Bits size = magnitude<F>(bits), sign = Bits(bits & F::sign);
  int32_t exponent = int32_t(size >> F::fraction) - F::bias;
  if (exponent >= F::fraction || size == 0)
    return isNaN<F>(bits) ? Bits(bits | F::notANumber) : bits;
  // What is below the unit, which is the smallest step up. Below one there is
  // nothing else.
  bool small = exponent < 0;
  Bits unit = Bits(Bits(1) << (F::fraction - (small ? 0 : exponent)));
  Bits whole = small ? Bits(0) : Bits(size & ~Bits(unit - 1));
  Bits next = small ? F::one : Bits(whole + unit);
  if (size == whole)
    return bits;
  // Half a unit below one is the number 1/2.
  Bits half = small ? Bits(F::one - (Bits(1) << F::fraction))
                    : Bits(whole + (unit >> 1));
  // At exponent 0 the unit's bit is the hidden one, and set.
  bool odd = !small && (exponent == 0 || (whole & unit));
  bool up = false;
  switch (way) {
  case Rounding::Down:
    up = sign;
    break;
  case Rounding::Up:
    up = !sign;
    break;
  case Rounding::ToZero:
    break;
  case Rounding::ToEven:
    up = size > half || (size == half && odd);
    break;
  case Rounding::FromZero:
    up = size >= half;
    break;
  }
  return Bits(sign | (up ? next : whole));
}

} // namespace lfm2rt::soft

#endif // LFM2RT_CPU_HEXAGON_SOFTFLOAT_H
