// A double is a fraction of two large integers times a power of two; factors of
// two are kept in the exponent, so that powers of ten are powers of five.
#include "runtime/json/Numbers.h"

namespace lfm2rt {
namespace {

// Digits behind so many cannot decide between two doubles, but by being there.
constexpr uint32_t mostDigits = 770;

// An integer of up to 2688 bits: 770 digits take 2558, and as many does the
// power of five that the smallest number of so many digits is divided by.
class Large {
public:
  explicit Large(uint64_t value) {
    words[0] = uint32_t(value);
    words[1] = uint32_t(value >> 32);
    count = 2;
    trim();
  }

  void multiplyAdd(uint32_t factor, uint32_t addend) {
    uint64_t carry = addend;
    for (uint32_t i = 0; i < count; ++i) {
      carry += uint64_t(words[i]) * factor;
      words[i] = uint32_t(carry);
      carry >>= 32;
    }
    if (carry)
      words[count++] = uint32_t(carry);
  }

  void multiplyPowerOfFive(uint32_t power) {
    for (; power >= 13; power -= 13)
      multiplyAdd(1220703125, 0);
    for (; power > 0; --power)
      multiplyAdd(5, 0);
  }

  void shiftLeft(uint32_t bits) {
    if (count == 0)
      return;
    uint32_t whole = bits / 32;
    for (uint32_t i = count; i-- > 0;)
      words[i + whole] = words[i];
    for (uint32_t i = 0; i < whole; ++i)
      words[i] = 0;
    count += whole;
    multiplyAdd(uint32_t(1) << bits % 32, 0);
  }

  void add(const Large &other) {
    uint64_t carry = 0;
    for (uint32_t i = 0; i < other.count || carry; ++i) {
      if (i == count)
        words[count++] = 0;
      carry += uint64_t(words[i]) + (i < other.count ? other.words[i] : 0);
      words[i] = uint32_t(carry);
      carry >>= 32;
    }
  }

  // `other` is no larger.
  void subtract(const Large &other) {
    int64_t carry = 0;
    for (uint32_t i = 0; i < count; ++i) {
      carry += int64_t(words[i]) - (i < other.count ? other.words[i] : 0);
      words[i] = uint32_t(carry);
      carry >>= 32;
    }
    trim();
  }

  // Negative, 0 or positive.
  int compare(const Large &other) const {
    if (count != other.count)
      return count < other.count ? -1 : 1;
    for (uint32_t i = count; i-- > 0;)
      if (words[i] != other.words[i])
        return words[i] < other.words[i] ? -1 : 1;
    return 0;
  }

  bool isZero() const { return count == 0; }
  int32_t bits() const {
    return count == 0 ? 0
                      : int32_t(32 * count) - __builtin_clz(words[count - 1]);
  }

private:
  void trim() {
    while (count > 0 && words[count - 1] == 0)
      --count;
  }

  uint32_t count;
  uint32_t words[84];
};

uint64_t bitsOf(double number) {
  uint64_t bits;
  memcpy(&bits, &number, sizeof(bits));
  return bits;
}

constexpr int32_t fractionBits = 52, bias = 1075, mostExponent = 2047;

// Multiplies top / bottom by 5^fives * 2^twos.
void scale(Large &top, Large &bottom, int32_t fives, int32_t twos) {
  (fives < 0 ? bottom : top)
      .multiplyPowerOfFive(uint32_t(fives < 0 ? -fives : fives));
  (twos < 0 ? bottom : top).shiftLeft(uint32_t(twos < 0 ? -twos : twos));
}

// The bits of the double nearest to top / bottom * 2^exponent.
uint64_t nearest(Large &top, Large &bottom, int32_t exponent) {
  // quotient = top / bottom * 2^(exponent + shift), of 54 or 55 bits, or fewer
  // where the smallest doubles have fewer.
  int32_t size = top.bits() - bottom.bits() + exponent;
  int32_t shift = min(54 - size, bias);
  constexpr int32_t steps = 55;
  scale(top, bottom, 0, exponent + shift - (steps - 1));
  uint64_t quotient = 0;
  for (int32_t i = 0; i < steps; ++i) {
    quotient <<= 1;
    if (top.compare(bottom) >= 0) {
      top.subtract(bottom);
      quotient |= 1;
    }
    top.multiplyAdd(2, 0);
  }
  int32_t drop = shift == bias ? 1 : 0;
  while (quotient >> drop >> (fractionBits + 1))
    ++drop;
  uint64_t fraction = quotient >> drop;
  uint64_t half = uint64_t(1) << (drop - 1);
  uint64_t rest = quotient & (2 * half - 1);
  if (rest > half || (rest == half && (!top.isZero() || (fraction & 1))))
    ++fraction;
  int32_t place = drop - shift + bias; // 1 is that of the smallest doubles.
  if (place >= mostExponent)
    return uint64_t(mostExponent) << fractionBits;
  // A fraction that is normal has its highest bit in the exponent.
  return fraction + (uint64_t(place - 1) << fractionBits);
}

} // namespace

uint32_t hexDigit(char c) {
  uint32_t digit = uint32_t(c) - '0', letter = uint32_t(c | 0x20) - 'a';
  return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

uint32_t scanNumber(Text text, bool isJson, NumberForm &form) {
  // By state: the next behind a digit, a point, an "e" and a sign; 0 ends it.
  static const uint8_t next[][4] = {
      {},           {2, 3, 0, 0}, // 1 begins; Python
      {2, 4, 5, 0},               // 2 digits
      {4, 0, 0, 0},               // 3 a point that digits must follow
      {4, 0, 5, 0},               // 4 digits behind a point, or none
      {7, 0, 0, 6},               // 5 "e"
      {7, 0, 0, 0},               // 6 its sign
      {7, 0, 0, 0},               // 7 its digits
      {9, 0, 0, 0},               // 8 begins; JSON
      {9, 3, 5, 0},               // 9 digits
  };
  static const char signs[] = ".eE+-";
  static const uint8_t kinds[] = {1, 2, 2, 3, 3, 0};
  uint32_t state = isJson ? 8 : 1, bytes = 0;
  for (; bytes < text.bytes; ++bytes) {
    char c = text.at[bytes];
    uint32_t kind = 0;
    if (c < '0' || c > '9') {
      while (signs[kind] && signs[kind] != c)
        ++kind;
      if (!signs[kind])
        break;
      kind = kinds[kind];
    }
    uint32_t then = next[state][kind];
    if (then == 0)
      break;
    state = then;
  }
  form = state == 2 || state == 9   ? NumberForm::Whole
         : state == 4 || state == 7 ? NumberForm::Fraction
                                    : NumberForm::None;
  return bytes;
}

double readDouble(Text number) {
  uint64_t sign = 0;
  Large digits(0);
  uint32_t numDigits = 0;
  int64_t exponent = 0;
  bool point = false, lost = false;
  const char *at = number.at, *end = at + number.bytes;
  for (; at < end && *at != 'e' && *at != 'E'; ++at) {
    auto digit = uint32_t(*at - '0');
    if (digit > 9) {
      sign |= *at == '-';
      point |= *at == '.';
      continue;
    }
    if (digit + numDigits > 0) {
      if (numDigits < mostDigits) {
        digits.multiplyAdd(10, digit);
        ++numDigits;
      } else {
        lost |= digit != 0;
        ++exponent;
      }
    }
    exponent -= point;
  }
  if (lost) {
    digits.multiplyAdd(10, 1);
    --exponent;
  }
  int64_t given = 0;
  bool negative = false;
  for (; at < end; ++at) {
    auto digit = uint32_t(*at - '0');
    negative |= *at == '-';
    if (digit <= 9)
      given = min(given * 10 + digit, int64_t(1) << 40);
  }
  exponent += negative ? -given : given;

  uint64_t bits = 0;
  int64_t size = exponent + numDigits;
  if (size > 310) {
    bits = numDigits ? uint64_t(mostExponent) << fractionBits : 0;
  } else if (numDigits && size > -330) {
    auto power = int32_t(exponent);
    Large bottom(1);
    scale(digits, bottom, power, 0);
    bits = nearest(digits, bottom, power);
  }
  bits |= sign << 63;
  double result;
  memcpy(&result, &bits, sizeof(result));
  return result;
}

namespace {

// The fewest digits that read back as number = 0.d1d2d3... * 10^(place + 1), by
// comparing what is left with half the distances to the neighbours (Steele and
// White, Dragon4).
uint32_t shortestDigits(uint64_t bits, char *digits, int32_t &place) {
  uint64_t fraction = bits & ((uint64_t(1) << fractionBits) - 1);
  auto exponent = int32_t(bits >> fractionBits & mostExponent);
  // The neighbour below is half as far where the exponent changes.
  bool uneven = fraction == 0 && exponent > 1;
  bool even = !(fraction & 1);
  if (exponent > 0)
    fraction |= uint64_t(1) << fractionBits;
  else
    exponent = 1;
  exponent -= bias;

  // rest / unit = number / 10^place; `below` is half the distance to the
  // neighbour below. All are four times as large, to have whole halves.
  Large rest(fraction), unit(4), below(uneven ? 1 : 2);
  rest.shiftLeft(2);
  int32_t log2 = rest.bits() - 3 + exponent;
  // log10(2), rounded down: the place, or one less.
  place = (log2 * (log2 < 0 ? 78914 : 78913)) >> 18;
  Large ten(1);
  scale(rest, unit, -place, exponent - place);
  scale(below, ten, -place, exponent - place);
  // Whether what is left with the distance to the neighbour above reaches
  // `limit`.
  auto reaches = [&](const Large &limit) {
    Large sum = rest;
    sum.add(below);
    if (uneven)
      sum.add(below);
    int order = sum.compare(limit);
    return order > 0 || (order == 0 && even);
  };
  ten = unit;
  ten.multiplyAdd(10, 0);
  if (reaches(ten)) {
    unit = ten;
    ++place;
  }
  for (uint32_t count = 0;;) {
    char digit = '0';
    while (rest.compare(unit) >= 0) {
      rest.subtract(unit);
      ++digit;
    }
    int order = rest.compare(below);
    bool low = order < 0 || (order == 0 && even), high = reaches(unit);
    if (high && low) {
      rest.multiplyAdd(2, 0);
      int half = rest.compare(unit);
      high = half > 0 || (half == 0 && (digit & 1));
    }
    if (high)
      ++digit;
    digits[count++] = digit;
    if (high || low)
      return count;
    rest.multiplyAdd(10, 0);
    below.multiplyAdd(10, 0);
  }
}

} // namespace

uint32_t writeDouble(double number, char *to) {
  char *at = to;
  uint64_t bits = bitsOf(number);
  if (bits >> 63)
    *at++ = '-';
  bits = bits << 1 >> 1;
  char digits[20] = {'0'};
  int32_t place = 0;
  auto count = int32_t(bits ? shortestDigits(bits, digits, place) : 1);
  // With an exponent there is one digit in front of the point.
  bool small = -4 <= place && place < 16;
  int32_t whole = small ? place : 0;
  for (int32_t i = min(whole, 0); i < count || (small && i < whole + 2); ++i) {
    if (i == whole + 1)
      *at++ = '.';
    *at++ = i >= 0 && i < count ? digits[i] : '0';
  }
  if (small)
    return uint32_t(at - to);
  *at++ = 'e';
  *at++ = place < 0 ? '-' : '+';
  place = place < 0 ? -place : place;
  if (place < 10)
    *at++ = '0';
  at += writeInteger(uint64_t(place), false, at);
  return uint32_t(at - to);
}

uint32_t writeInteger(int64_t number, char *to) {
  bool negative = number < 0;
  return writeInteger(negative ? 0 - uint64_t(number) : uint64_t(number),
                      negative, to);
}

uint32_t writeInteger(uint64_t magnitude, bool negative, char *to) {
  char digits[20];
  uint32_t count = 0, sign = negative;
  do
    digits[count++] = char('0' + magnitude % 10);
  while (magnitude /= 10);
  to[0] = '-';
  for (uint32_t i = 0; i < count; ++i)
    to[sign + i] = digits[count - 1 - i];
  return sign + count;
}

} // namespace lfm2rt
