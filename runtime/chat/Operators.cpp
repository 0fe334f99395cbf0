// Operators of Python: comparison and arithmetic.
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
  if (count(1 + a.size / 16, nesting))
    return false;
  if (has(a, numbers) && has(b, numbers))
    return has(a, integers) && has(b, integers) ? integerOf(a) == integerOf(b)
                                                : numberOf(a) == numberOf(b);
  if (a.kind != b.kind)
    return false;
  if (a.kind == Kind::String)
    return sameLetters(a.text(), b.text());
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
int Machine::compare(const Value &a, const Value &b) {
  if (a.kind == b.kind && a.kind == Kind::String)
    return compareLetters(a.text(), b.text());
  if (!has(a, numbers) || !has(b, numbers)) {
    expected(LFM2_MESSAGE_ORDER,
             has(a, numbers | maskOf(Kind::String)) ? b : a);
    return 0;
  }
  if (has(a, integers) && has(b, integers)) {
    int64_t x = integerOf(a), y = integerOf(b);
    return int(x > y) - int(x < y);
  }
  double x = numberOf(a), y = numberOf(b);
  return int(x > y) - int(x < y);
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
  int order = compare(a, b);
  // LESS, UP_TO; GREATER, FROM.
  if (relation >= LFM2_COMPARE_GREATER)
    order = -order;
  return order < int(turned);
}

// --- Arithmetic ---

Value Machine::add(const Value &a, const Value &b) {
  constexpr uint32_t strings = maskOf(Kind::String);
  if (has(a, numbers) && has(b, numbers)) {
    int64_t sum;
    if (!has(a, integers) || !has(b, integers))
      return makeNumber(numberOf(a) + numberOf(b));
    return __builtin_add_overflow(integerOf(a), integerOf(b), &sum)
               ? fail(LFM2_MESSAGE_OVERFLOW)
               : makeInteger(sum);
  }
  const Value both[] = {a, b};
  if (a.kind == b.kind && has(a, strings))
    return joinAll(makeList(both, 2), {"", 0});
  if (a.kind != b.kind || !has(a, lists))
    return expected(has(a, numbers)   ? uint32_t(LFM2_MESSAGE_NUMBER)
                    : has(a, strings) ? uint32_t(LFM2_MESSAGE_STRING)
                                      : uint32_t(LFM2_MESSAGE_ADDENDS),
                    has(a, numbers | lists | strings) ? b : a);
  auto *values = take<Value>(uint64_t(a.size) + b.size);
  if (!values)
    return Value();
  for (uint32_t i = 0; i < a.size + b.size; ++i)
    values[i] = i < a.size ? a.values[i] : b.values[i - a.size];
  return makeValue(a.kind, values, a.size + b.size);
}

// Where all are strings they become one, without those between.
Value Machine::sum(const Value *values, uint32_t count) {
  uint32_t strings = 0;
  while (strings < count && values[strings].kind == Kind::String)
    ++strings;
  if (strings == count)
    return joinAll(makeList(values, count), {"", 0});
  Value sum = values[0];
  for (uint32_t i = 1; i < count; ++i)
    sum = add(sum, values[i]);
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

} // namespace lfm2rt
