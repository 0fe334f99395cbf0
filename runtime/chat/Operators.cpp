// Operators of Python: comparison, arithmetic; order; dates.
#include "runtime/chat/Machine.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {

bool isTrue(const Value &value) {
  if (value.kind == Kind::Bool)
    return value.truth;
  if (value.kind == Kind::Number)
    return value.number != 0;
  if (value.kind == Kind::Integer)
    return value.integer != 0;
  if (has(value, lists | maskOf(Kind::String) | maskOf(Kind::Mapping)))
    return value.size != 0;
  return !has(value, maskOf(Kind::Null) | maskOf(undefinedKind));
}

bool Machine::isEqual(const Value &a, const Value &b, uint32_t nesting) {
  if (count(1, nesting))
    return false;
  if (has(a, numbers) && has(b, numbers))
    return has(a, integers) && has(b, integers) ? integerOf(a) == integerOf(b)
                                                : numberOf(a) == numberOf(b);
  if (a.kind != b.kind)
    return false;
  if (a.kind == Kind::String)
    return !count(a.size / 16) && sameLetters(a.text(), b.text());
  if (a.kind == Kind::Null || a.kind == undefinedKind)
    return true;
  bool isMapping = a.kind == Kind::Mapping;
  if (!isMapping && !has(a, lists))
    return a.bytes == b.bytes;
  bool equal = a.size == b.size;
  for (uint32_t i = 0; equal && i < a.size; ++i) {
    const Value *other =
        isMapping ? findMember(b, a.members[i].name()) : b.values + i;
    equal = other && isEqual(isMapping ? a.members[i].value : a.values[i],
                             *other, nesting + 1);
  }
  return equal;
}

// Below 0, 0 or above, as a < b.
int Machine::compare(const Value &a, const Value &b, uint32_t nesting) {
  if (has(a, integers) && has(b, integers)) {
    int64_t x = integerOf(a), y = integerOf(b);
    return int(x > y) - int(x < y);
  }
  if (has(a, numbers) && has(b, numbers)) {
    double x = numberOf(a), y = numberOf(b);
    return int(x > y) - int(x < y);
  }
  if (a.kind == b.kind && a.kind == Kind::String)
    return count(a.size / 16) ? 0 : compareLetters(a.text(), b.text());
  if (a.kind == b.kind && has(a, lists)) {
    for (uint32_t i = 0; i < min(a.size, b.size) && !ended(); ++i)
      if (!isEqual(a.values[i], b.values[i], nesting + 1))
        return compare(a.values[i], b.values[i], nesting + 1);
    return int(a.size > b.size) - int(a.size < b.size);
  }
  expected(LFM2_MESSAGE_ORDER, has(a, numbers | maskOf(Kind::String)) ? b : a);
  return 0;
}

bool Machine::contains(const Value &all, const Value &one) {
  uint32_t bytes;
  if (all.kind == Kind::String)
    return check(one, maskOf(Kind::String)) &&
           find(all.text(), one.text(), bytes);
  if (all.kind == Kind::Mapping)
    return one.kind == Kind::String && findMember(all, one.text());
  Sequence values;
  if (!sequence(all, values))
    return false;
  for (uint32_t i = 0; i < values.size; ++i)
    if (isEqual(values.values[i], one, 0))
      return true;
  return false;
}

bool Machine::relate(uint32_t relation, const Value &a, const Value &b) {
  // The second of two relations is the first turned around.
  bool turned = relation % 2;
  if (relation <= LFM2_COMPARE_UNEQUAL)
    return isEqual(a, b, 0) != turned;
  if (relation <= LFM2_COMPARE_NOT_IN)
    return contains(b, a) != turned;
  int order = compare(a, b, 0);
  switch (relation) {
  case LFM2_COMPARE_LESS:
    return order < 0;
  case LFM2_COMPARE_UP_TO:
    return order <= 0;
  case LFM2_COMPARE_GREATER:
    return order > 0;
  default:
    return order >= 0;
  }
}

// --- Arithmetic ---

Value Machine::add(const Value &a, const Value &b) {
  if (has(a, numbers) && has(b, numbers)) {
    if (!has(a, integers) || !has(b, integers))
      return makeNumber(numberOf(a) + numberOf(b));
    int64_t sum;
    if (__builtin_add_overflow(integerOf(a), integerOf(b), &sum))
      return fail(LFM2_MESSAGE_OVERFLOW);
    return makeInteger(sum);
  }
  if (a.kind == b.kind && a.kind == Kind::String) {
    const Value both[] = {a, b};
    return joinAll(makeList(both, 2), {"", 0});
  }
  if (a.kind != b.kind || !has(a, lists))
    return expected(has(a, numbers)          ? uint32_t(LFM2_MESSAGE_NUMBER)
                    : a.kind == Kind::String ? uint32_t(LFM2_MESSAGE_STRING)
                                             : uint32_t(LFM2_MESSAGE_ADDENDS),
                    has(a, numbers | lists | maskOf(Kind::String)) ? b : a);
  auto *values = take<Value>(uint64_t(a.size) + b.size);
  if (!values)
    return Value();
  for (uint32_t i = 0; i < a.size + b.size; ++i)
    values[i] = i < a.size ? a.values[i] : b.values[i - a.size];
  return makeValue(a.kind, values, a.size + b.size);
}

// Strings that are added to each other become one, without those between.
Value Machine::sum(const Value *values, uint32_t count) {
  uint32_t strings = 0;
  while (strings < count && values[strings].kind == Kind::String)
    ++strings;
  uint32_t next = strings > 1 ? strings : 1;
  Value sum =
      strings > 1 ? joinAll(makeList(values, strings), {"", 0}) : values[0];
  for (; next < count; ++next)
    sum = add(sum, values[next]);
  return sum;
}

Value Machine::binary(uint32_t operation, const Value &a, const Value &b) {
  if (operation == LFM2_BINARY_MULTIPLY && a.kind == Kind::String &&
      has(b, integers)) {
    TextBuilder text(*this);
    for (int64_t i = integerOf(b); i > 0 && a.size && !count(1); --i)
      text.put(a.text());
    return text.value();
  }
  if (operation == LFM2_BINARY_MODULO && a.kind == Kind::String)
    return fail(LFM2_MESSAGE_FORMAT);
  if (!check(a, numbers) || !check(b, numbers))
    return Value();
  if (operation >= LFM2_BINARY_DIVIDE && numberOf(b) == 0)
    return fail(LFM2_MESSAGE_ZERO);
  bool isFloat = !has(a, integers) || !has(b, integers);
  if (operation == LFM2_BINARY_DIVIDE)
    return makeNumber(numberOf(a) / numberOf(b));
  if (isFloat && operation == LFM2_BINARY_SUBTRACT)
    return makeNumber(numberOf(a) - numberOf(b));
  if (isFloat && operation == LFM2_BINARY_MULTIPLY)
    return makeNumber(numberOf(a) * numberOf(b));
  if (!check(a, integers) || !check(b, integers))
    return Value();
  int64_t x = integerOf(a), y = integerOf(b), result;
  bool wrong;
  if (operation == LFM2_BINARY_SUBTRACT) {
    wrong = __builtin_sub_overflow(x, y, &result);
  } else if (operation == LFM2_BINARY_MULTIPLY) {
    // By a quotient: not every processor has what checks a product of 64 bits.
    result = int64_t(uint64_t(x) * uint64_t(y));
    wrong = x && y && (result == INT64_MIN || result / y != x);
  } else if (y == -1) { // The least integer has no quotient.
    wrong = __builtin_sub_overflow(0, x, &result);
    result = operation == LFM2_BINARY_FLOOR ? result : 0;
  } else {
    wrong = false;
    int64_t left = x % y;
    bool below = left && (left < 0) != (y < 0);
    result =
        operation == LFM2_BINARY_FLOOR ? x / y - below : left + (below ? y : 0);
  }
  return wrong ? fail(LFM2_MESSAGE_OVERFLOW) : makeInteger(result);
}

// --- Order ---

// values: list, list of keys, reverse. Equal ones stay in order.
Value Machine::sort(const Value *values) {
  if (!check(values[1], maskOf(Kind::List)))
    return Value();
  uint32_t size = min(values[0].size, values[1].size);
  bool back = isTrue(values[2]);
  auto *order = take<Value>(uint64_t(size) * 2);
  if (!order)
    return Value();
  Value *keys = order + size;
  for (uint32_t i = 0; i < size; ++i) {
    uint32_t at = i;
    for (; at > 0 && !count(1); --at) {
      int difference = compare(keys[at - 1], values[1].values[i], 0);
      if (back ? difference >= 0 : difference <= 0)
        break;
      order[at] = order[at - 1];
      keys[at] = keys[at - 1];
    }
    order[at] = values[0].values[i];
    keys[at] = values[1].values[i];
  }
  return makeList(order, size);
}

// values: start, stop, step
Value Machine::range(const Value *values) {
  int64_t start = integerOf(values[0]), stop = integerOf(values[1]),
          step = integerOf(values[2]);
  if (step == 0)
    return fail(LFM2_MESSAGE_ZERO);
  ListBuilder list(*this);
  constexpr uint32_t most = 100000; // As Jinja's sandbox.
  for (uint32_t i = 0; (step > 0 ? start < stop : start > stop) && !ended();
       ++i) {
    if (i == most)
      return fail(LFM2_MESSAGE_RANGE);
    list.add(makeInteger(start));
    if (__builtin_add_overflow(start, step, &start))
      break;
  }
  return list.value();
}

// Days are counted from the first of March of the year 0, so that the day of a
// leap year stands at the end of a cycle of 400, 100, 4 or one years.
Value Machine::clock() {
  constexpr int64_t most = 60000000000; // Some two thousand years.
  int64_t now = given.now;
  if (now > most || now < -most)
    return fail(LFM2_MESSAGE_TIME);
  // From the year 0 on, all is above 0.
  constexpr int32_t daysBefore = 719468;
  uint64_t seconds = uint64_t(now + given.utc_offset + daysBefore * 86400ll);
  auto days = uint32_t(seconds / 86400), second = uint32_t(seconds % 86400);
  uint32_t era = days / 146097, ofEra = days % 146097;
  uint32_t year = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365;
  uint32_t ofYear = ofEra - (365 * year + year / 4 - year / 100);
  uint32_t march = (5 * ofYear + 2) / 153,
           day = ofYear - (153 * march + 2) / 5 + 1;
  uint32_t month = march < 10 ? march + 3 : march - 9;
  year += era * 400 + (month <= 2);
  bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  const uint32_t parts[] = {year,
                            month,
                            day,
                            second / 3600,
                            second / 60 % 60,
                            second % 60,
                            (days + 3) % 7,
                            march < 10 ? ofYear + 60 + leap : ofYear - 305};
  ListBuilder list(*this);
  for (uint32_t part : parts)
    list.add(makeInteger(part));
  return list.value();
}

} // namespace lfm2rt
