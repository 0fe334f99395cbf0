// Numbers between two bounds, digit by digit.
#include "runtime/grammar/Schema.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint32_t mostDigits = 18; // In front of the point.

// What stands in front of the point, and behind it without zeros at the end.
struct Decimal {
  uint64_t whole = 0;
  char fraction[64];
  uint32_t count = 0;
  bool isNegative = false;
};

// False where it has too many digits.
bool readDecimal(const Value &value, Decimal &out) {
  char text[numberBytes];
  const uint32_t bytes = value.kind == Kind::Integer
                             ? writeInteger(value.integer, text)
                             : writeDouble(value.number, text);
  char digits[numberBytes];
  uint32_t count = 0, at = 0;
  int32_t point = -1, exponent = 0;
  out.isNegative = text[0] == '-';
  for (at = out.isNegative; at < bytes && text[at] != 'e'; ++at) {
    if (text[at] == '.')
      point = int32_t(count);
    else
      digits[count++] = text[at];
  }
  if (at < bytes) {
    const bool isBelow = text[at + 1] == '-';
    for (at += 2; at < bytes; ++at)
      exponent = exponent * 10 + (text[at] - '0');
    exponent = isBelow ? -exponent : exponent;
  }
  // Digits in front of the point.
  const int32_t before = (point < 0 ? int32_t(count) : point) + exponent;
  if (before > int32_t(mostDigits) || before < -30)
    return false;
  auto digit = [&](int32_t i) {
    return i >= 0 && i < int32_t(count) ? digits[i] : '0';
  };
  for (int32_t i = 0; i < before; ++i)
    out.whole = out.whole * 10 + uint64_t(digit(i) - '0');
  for (int32_t i = before; i < int32_t(count); ++i) {
    out.fraction[i - before] = digit(i);
    if (digit(i) != '0')
      out.count = uint32_t(i - before) + 1;
  }
  return true;
}

// One bound of a size, without its sign.
struct Bound {
  const Decimal *decimal = nullptr; // nullptr: there is none.
  bool isOpen = false;              // It is not reached itself.
};

class Digits {
public:
  Digits(JsonForm &form, Bound low, Bound high)
      : form(form), syntax(form.syntax), low(low), high(high) {}

  Node *read() {
    Node *choice = syntax.choice();
    const uint64_t first = low.decimal->whole;
    if (!high.decimal) {
      put(choice, first, true, false);
      rest(choice, first + 1, nullptr);
    } else if (first == high.decimal->whole) {
      put(choice, first, true, true);
    } else {
      const uint64_t last = high.decimal->whole, before = last - 1;
      put(choice, first, true, false);
      if (first < before)
        rest(choice, first + 1, &before);
      put(choice, last, false, true);
    }
    return choice;
  }

private:
  JsonForm &form;
  Syntax &syntax;
  Bound low, high;

  Node *digit(uint32_t first, uint32_t last) {
    Range range = {'0' + first, '0' + last};
    return syntax.set(&range, 1, false);
  }
  Node *many(uint32_t last, bool needed) {
    return syntax.repeat(digit(0, last), needed, noLimit);
  }

  void rest(Node *choice, uint64_t first, const uint64_t *last) {
    Node *fraction = syntax.sequence(form.literal("."), many(9, true));
    syntax.add(choice, syntax.sequence(form.naturalWithin(first, last),
                                       syntax.optional(fraction)));
  }

  // A whole part that equals that of the bounds, and the fractions that it may
  // have.
  void put(Node *choice, uint64_t whole, bool isLow, bool isHigh) {
    if (mayEnd(0, isLow, isHigh))
      syntax.add(choice, form.naturalWithin(whole, &whole));
    syntax.add(choice,
               syntax.sequence(form.naturalWithin(whole, &whole),
                               form.literal("."), tail(0, isLow, isHigh)));
  }

  // After `i` digits behind the point that equal those of the bounds.
  bool mayEnd(uint32_t i, bool isLow, bool isHigh) const {
    return (!isLow || (i >= low.decimal->count && !low.isOpen)) &&
           (!isHigh || i < high.decimal->count || !high.isOpen);
  }
  static uint32_t digitOf(Bound bound, uint32_t i) {
    return i < bound.decimal->count ? uint32_t(bound.decimal->fraction[i] - '0')
                                    : 0;
  }

  // The digits from the i-th on, one or more. Calls itself for each digit of
  // the bounds.
  Node *tail(uint32_t i, bool isLow, bool isHigh) {
    const bool pastLow = !isLow || i >= low.decimal->count;
    const bool pastHigh = !isHigh || i >= high.decimal->count;
    if (pastLow && pastHigh) {
      if (isHigh)
        return high.isOpen || (isLow && low.isOpen) ? syntax.never()
                                                    : many(0, true);
      if (!isLow || !low.isOpen)
        return many(9, true);
      return syntax.sequence(many(0, false), digit(1, 9), many(9, false));
    }
    uint32_t first = isLow ? digitOf(low, i) : 0;
    uint32_t last = isHigh ? digitOf(high, i) : 9;
    Node *choice = syntax.choice();
    auto put = [&](uint32_t from, uint32_t to, bool stillLow, bool stillHigh) {
      if (mayEnd(i + 1, stillLow, stillHigh))
        syntax.add(choice, digit(from, to));
      syntax.add(choice, syntax.sequence(digit(from, to),
                                         tail(i + 1, stillLow, stillHigh)));
    };
    if (first > last)
      return syntax.never();
    if (isLow && isHigh && first == last) {
      put(first, last, true, true);
      return choice;
    }
    if (isLow) {
      put(first, first, true, false);
      ++first;
    }
    if (isHigh)
      put(last, last, false, true);
    if (first + isHigh <= last)
      syntax.add(choice,
                 syntax.sequence(digit(first, last - isHigh), many(9, false)));
    return choice;
  }
};

bool isBelow(const Decimal &a, const Decimal &b) {
  if (a.whole != b.whole)
    return a.whole < b.whole;
  const int order = memcmp(a.fraction, b.fraction, min(a.count, b.count));
  return order != 0 ? order < 0 : a.count < b.count;
}

} // namespace

Node *numbersWithin(JsonForm &form, const Bounds &bounds, bool isWhole,
                    bool &none) {
  Syntax &syntax = form.syntax;
  const Value *values[] = {bounds.low, bounds.high};
  Decimal decimals[2];
  none = false;
  for (int i = 0; i < 2; ++i)
    if (values[i] && !readDecimal(*values[i], decimals[i]))
      return nullptr;
  const bool open[] = {bounds.aboveLow, bounds.belowHigh};
  if (isWhole) {
    int64_t limits[2];
    for (int i = 0; i < 2; ++i) {
      const Decimal &d = decimals[i];
      int64_t limit = d.isNegative ? -int64_t(d.whole) : int64_t(d.whole);
      // The nearest whole number within.
      const bool cut = d.count > 0;
      if (i == 0)
        limit += cut ? !d.isNegative : open[i];
      else
        limit -= cut ? d.isNegative : open[i];
      limits[i] = limit;
    }
    none = bounds.low && bounds.high && limits[0] > limits[1];
    return none ? syntax.never()
                : form.integerWithin(bounds.low ? &limits[0] : nullptr,
                                     bounds.high ? &limits[1] : nullptr);
  }
  const Decimal zero = {};
  Bound low = {bounds.low ? &decimals[0] : nullptr, open[0]};
  Bound high = {bounds.high ? &decimals[1] : nullptr, open[1]};
  Node *choice = syntax.choice();
  auto add = [&](const char *sign, Bound a, Bound b) {
    if (!a.decimal)
      a = {&zero, false};
    if (b.decimal &&
        (isBelow(*b.decimal, *a.decimal) ||
         (!isBelow(*a.decimal, *b.decimal) && (a.isOpen || b.isOpen))))
      return;
    syntax.add(choice,
               syntax.sequence(form.literal(sign), Digits(form, a, b).read()));
  };
  // From 0 on; then those with a sign, by their size.
  const bool lowBelow = !low.decimal || low.decimal->isNegative;
  if (!high.decimal || !high.decimal->isNegative)
    add("", lowBelow ? Bound() : low, high);
  if (lowBelow) {
    const bool highBelow = high.decimal && high.decimal->isNegative;
    // -0 is 0.
    const bool zeroIsOut = high.decimal && high.decimal->whole == 0 &&
                           high.decimal->count == 0 && high.isOpen;
    add("-", highBelow ? high : Bound{&zero, zeroIsOut}, low);
  }
  none = !choice->child;
  return choice;
}

} // namespace grammar
} // namespace lfm2rt
