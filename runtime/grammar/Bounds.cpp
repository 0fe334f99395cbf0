// Numbers between two bounds, digit by digit.
#include "runtime/grammar/Schema.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint32_t mostDigits = 40; // Of a bound, on each side of the point.

// The digits of a number without its sign: `whole` of them in front of the
// point, one or more, and no zeros at the end behind it.
struct Decimal {
  bool isThere = false, isNegative = false, isZero = true;
  bool isOpen = false; // It is no bound that is reached.
  char digits[3 * mostDigits];
  uint32_t whole = 0, count = 0;

  uint32_t digit(uint32_t i) const {
    return i < count ? uint32_t(digits[i] - '0') : 0;
  }

  // False where it has too many digits.
  bool read(const Value &value) {
    char text[numberBytes];
    const uint32_t bytes = value.kind == Kind::Integer
                               ? writeInteger(value.integer, text)
                               : writeDouble(value.number, text);
    isThere = true;
    isNegative = text[0] == '-';
    // As it is written, then moved by its exponent.
    char found[numberBytes];
    int32_t before = -1, size = 0, exponent = 0;
    uint32_t at = isNegative;
    for (; at < bytes && text[at] != 'e'; ++at)
      if (text[at] == '.')
        before = size;
      else
        found[size++] = text[at];
    if (before < 0)
      before = size;
    if (at < bytes) {
      const bool isBelow = text[at + 1] == '-';
      for (at += 2; at < bytes; ++at)
        exponent = exponent * 10 + (text[at] - '0');
      before += isBelow ? -exponent : exponent;
    }
    if (before > int32_t(mostDigits) || before < -int32_t(mostDigits))
      return false;
    whole = uint32_t(before > 0 ? before : 1);
    for (int32_t i = before > 0 ? 0 : before - 1; i < size || count < whole;
         ++i) {
      digits[count++] = i >= 0 && i < size ? found[i] : '0';
      isZero &= digits[count - 1] == '0';
    }
    while (count > whole && digits[count - 1] == '0')
      --count;
    return true;
  }
};

bool isBelow(const Decimal &a, const Decimal &b) {
  if (a.whole != b.whole)
    return a.whole < b.whole;
  for (uint32_t i = 0; i < max(a.count, b.count); ++i)
    if (a.digit(i) != b.digit(i))
      return a.digit(i) < b.digit(i);
  return false;
}

// Numbers from one size to another, where they start with the digits of the
// bounds, or do not any more.
class Digits {
public:
  Digits(JsonForm &form, const Decimal &low, const Decimal &high,
         bool wholeOnly)
      : form(form), syntax(form.syntax), low(low), high(high),
        wholeOnly(wholeOnly) {}

  void read(const char *sign, Node *out) {
    Node *choice = syntax.choice();
    const uint32_t most = high.isThere ? high.whole : low.whole;
    for (length = low.whole; length <= most; ++length)
      syntax.add(choice, rest(0, length == low.whole,
                              high.isThere && length == high.whole));
    if (!high.isThere)
      syntax.add(choice, syntax.sequence(digit(1, 9), many(9, most),
                                         rest(--length, false, false)));
    syntax.add(out, syntax.sequence(form.literal(sign), choice));
  }

private:
  JsonForm &form;
  Syntax &syntax;
  const Decimal &low, &high;
  bool wholeOnly;
  uint32_t length = 0; // Digits in front of the point.

  Node *digit(uint32_t first, uint32_t last) {
    Range range = {'0' + first, '0' + last};
    return syntax.set(&range, 1, false);
  }
  // As many as numbers without bounds have, or at least so many.
  Node *many(uint32_t last, uint32_t least) {
    return syntax.repeat(digit(0, last), least, max(least, 17u));
  }

  // What may follow the first `i` digits, where these are those of `low`, of
  // `high`, or of both. It calls itself for each digit of the bounds.
  Node *rest(uint32_t i, bool isLow, bool isHigh) {
    const bool isFree = !isLow && !isHigh;
    if (isFree && i > length)
      return many(9, 0);
    Node *choice = syntax.choice();
    if (isFree && i < length) {
      Node *more = syntax.repeat(digit(0, 9), length - i, length - i);
      return i > 0 ? syntax.sequence(more, rest(length, false, false))
                   : step(i, false, false);
    }
    if (i >= length && (!isLow || (i >= low.count && !low.isOpen)) &&
        (!isHigh || i < high.count || !high.isOpen))
      syntax.add(choice, syntax.sequence());
    if (i < length)
      return step(i, isLow, isHigh);
    if (!wholeOnly)
      syntax.add(choice, i == length ? syntax.sequence(form.literal("."),
                                                       step(i, isLow, isHigh))
                                     : step(i, isLow, isHigh));
    return choice;
  }

  // One digit, and what may follow it.
  Node *step(uint32_t i, bool isLow, bool isHigh) {
    if (i >= length && (!isLow || i >= low.count) &&
        (!isHigh || i >= high.count)) {
      // Behind all digits of the bounds.
      if (isHigh)
        return high.isOpen || (isLow && low.isOpen) ? syntax.never()
                                                    : many(0, 1);
      if (!isLow || !low.isOpen)
        return many(9, 1);
      return syntax.sequence(many(0, 0), digit(1, 9), many(9, 0));
    }
    uint32_t first = isLow ? low.digit(i) : i == 0 && length > 1;
    uint32_t last = isHigh ? high.digit(i) : 9;
    Node *choice = syntax.choice();
    auto put = [&](uint32_t from, uint32_t to, bool stillLow, bool stillHigh) {
      syntax.add(choice, syntax.sequence(digit(from, to),
                                         rest(i + 1, stillLow, stillHigh)));
    };
    if (isLow && isHigh && first == last) {
      put(first, last, true, true);
      return choice;
    }
    if (first > last)
      return choice;
    if (isLow) {
      put(first, first, true, false);
      ++first;
    }
    if (isHigh) {
      put(last, last, false, true);
      --last;
    }
    if (first <= last && last <= 9)
      put(first, last, false, false);
    return choice;
  }
};

} // namespace

Node *numbersWithin(JsonForm &form, const Bounds &bounds, bool wholeOnly,
                    bool &none) {
  Decimal low, high, zero;
  none = false;
  if ((bounds.low && !low.read(*bounds.low)) ||
      (bounds.high && !high.read(*bounds.high)))
    return nullptr;
  low.isOpen = bounds.aboveLow;
  high.isOpen = bounds.belowHigh;
  zero.read(Value());
  Node *choice = form.syntax.choice();
  // Of sizes from `a` to `b`, where there are any.
  auto add = [&](const char *sign, const Decimal &a, const Decimal &b) {
    if (!b.isThere || isBelow(a, b) ||
        (!isBelow(b, a) && !a.isOpen && !b.isOpen))
      Digits(form, a, b, wholeOnly).read(sign, choice);
  };
  // From 0 on; then those with a sign. -0 is 0.
  const bool lowBelow = !low.isThere || low.isNegative;
  const bool highBelow = high.isThere && high.isNegative;
  if (!highBelow)
    add("", lowBelow ? zero : low, high);
  zero.isOpen = high.isThere && high.isZero && high.isOpen;
  if (lowBelow)
    add("-", highBelow ? high : zero, low);
  none = !choice->child;
  return choice;
}

} // namespace grammar
} // namespace lfm2rt
