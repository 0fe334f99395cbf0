// Operators and comparison of Python.
#include "lfm2rt/chat_format.h"
#include "runtime/chat/Operations.h"

namespace lfm2rt {

bool isTrue(const Value &value) {
  switch (value.kind) {
  case Kind::Bool:
    return value.truth;
  case Kind::Integer:
    return value.integer != 0;
  case Kind::Number:
    return value.number != 0;
  case Kind::String:
  case Kind::List:
  case Kind::Mapping:
  case tupleKind:
    return value.size != 0;
  default:
    return value.kind >= onceKind && value.kind != missingKind;
  }
}

const char *describe(Kind kind) {
  static const char names[][22] = {
      "none",     "a boolean",   "an integer",  "a number",
      "a string", "a list",      "a mapping",   "the undefined",
      "a tuple",  "a generator", "a namespace", "a loop",
      "a macro",  "a function",  "a list",      "nothing"};
  return names[uint8_t(kind) & 15];
}

static bool tooDeep(Heap &heap, uint32_t depth) {
  heap.count(1);
  if (depth > mostNesting)
    heap.fail(
        "expected at most 200 lists and mappings within each other, found "
        "more");
  return heap.ended();
}

bool isEqual(Heap &heap, const Value &a, const Value &b, uint32_t depth) {
  if (tooDeep(heap, depth))
    return false;
  if (isNumber(a) && isNumber(b))
    return isInteger(a) && isInteger(b) ? integerOf(a) == integerOf(b)
                                        : numberOf(a) == numberOf(b);
  if (a.kind != b.kind)
    return false;
  switch (a.kind) {
  case Kind::Null:
  case undefinedKind:
    return true;
  case Kind::String:
    heap.count(a.size / 16);
    return sameLetters(a.text(), b.text());
  case Kind::List:
  case tupleKind:
    if (a.size != b.size)
      return false;
    for (uint32_t i = 0; i < a.size; ++i)
      if (!isEqual(heap, a.values[i], b.values[i], depth + 1))
        return false;
    return true;
  case Kind::Mapping:
    if (a.size != b.size)
      return false;
    for (uint32_t i = 0; i < a.size; ++i) {
      const Value *other = findMember(b, a.members[i].name());
      if (!other || !isEqual(heap, a.members[i].value, *other, depth + 1))
        return false;
    }
    return true;
  default:
    return a.bytes == b.bytes;
  }
}

int compare(Heap &heap, const Value &a, const Value &b, uint32_t depth) {
  if (tooDeep(heap, depth))
    return 0;
  if (isInteger(a) && isInteger(b))
    return int(integerOf(a) > integerOf(b)) - int(integerOf(a) < integerOf(b));
  if (isNumber(a) && isNumber(b))
    return int(numberOf(a) > numberOf(b)) - int(numberOf(a) < numberOf(b));
  if (a.kind == Kind::String && b.kind == Kind::String) {
    heap.count(a.size / 16);
    return compareLetters(a.text(), b.text());
  }
  if (!isList(a) || a.kind != b.kind) {
    heap.expected(a.kind == b.kind ? "values that have an order"
                                   : "two values of one kind to compare",
                  isNumber(a) || a.kind == Kind::String ? b : a);
    return 0;
  }
  for (uint32_t i = 0; i < min(a.size, b.size); ++i)
    if (!isEqual(heap, a.values[i], b.values[i], depth + 1))
      return compare(heap, a.values[i], b.values[i], depth + 1);
  return int(a.size > b.size) - int(a.size < b.size);
}

bool contains(Heap &heap, const Value &all, const Value &one) {
  if (all.kind == Kind::String) {
    if (one.kind != Kind::String) {
      heap.expected("a string to look for in a string", one);
      return false;
    }
    heap.count(all.size / 16);
    uint32_t bytes;
    for (Letters letters(all.text());; letters.next()) {
      if (startsWith(letters.rest(), one.text(), bytes))
        return true;
      if (letters.atEnd())
        return false;
    }
  }
  if (all.kind == Kind::Mapping)
    return one.kind == Kind::String && findMember(all, one.text());
  if (all.kind ==
      onceKind) { // What stands behind it can still be gone through.
    Sequence &rest = object<Sequence>(all);
    while (rest.size && !heap.ended()) {
      --rest.size;
      if (isEqual(heap, *rest.values++, one))
        return true;
    }
    return false;
  }
  Sequence values;
  if (!sequenceOf(heap, all, values))
    return false;
  for (uint32_t i = 0; i < values.size; ++i)
    if (isEqual(heap, values.values[i], one))
      return true;
  return false;
}

// --- Arithmetic ---

static Value overflow(Heap &heap) {
  return heap.fail("expected integers of 64 bits, found a larger one");
}

static Value repeat(Heap &heap, const Value &value, int64_t times) {
  uint64_t count = uint64_t(max<int64_t>(times, 0));
  if (value.kind == Kind::String) {
    TextBuilder text(heap);
    for (uint64_t i = 0; value.size && i < count && !heap.ended(); ++i)
      text.put(value.text());
    return text.value();
  }
  if (value.size == 0)
    count = 0;
  if (count > UINT32_MAX / max(value.size, 1u))
    return overflow(heap);
  auto size = uint32_t(value.size * count);
  auto *values = heap.take<Value>(size);
  for (uint32_t i = 0; values && i < size; ++i)
    values[i] = value.values[i % value.size];
  Value all = value;
  all.values = values;
  all.size = values ? size : 0;
  return all;
}

Value add(Heap &heap, const Value &a, const Value &b) {
  if (a.kind == Kind::String && b.kind == Kind::String) {
    TextBuilder text(heap);
    text.put(a.text());
    text.put(b.text());
    return text.value();
  }
  if (isInteger(a) && isInteger(b)) {
    int64_t sum;
    return __builtin_add_overflow(integerOf(a), integerOf(b), &sum)
               ? overflow(heap)
               : makeInteger(sum);
  }
  if (isNumber(a) && isNumber(b))
    return makeNumber(numberOf(a) + numberOf(b));
  if (isList(a) && a.kind == b.kind) {
    auto *values = heap.take<Value>(uint64_t(a.size) + b.size);
    if (!values)
      return Value();
    for (uint32_t i = 0; i < a.size; ++i)
      values[i] = a.values[i];
    for (uint32_t i = 0; i < b.size; ++i)
      values[a.size + i] = b.values[i];
    Value all = makeList(values, a.size + b.size);
    all.kind = a.kind;
    return all;
  }
  if (a.kind == Kind::String)
    return heap.expected("a string to add to a string", b);
  if (isNumber(a))
    return heap.expected("a number to add to a number", b);
  return heap.expected("values that can be added", isList(a) ? b : a);
}

// Towards minus infinity.
static double roundDown(double x) {
  if (!(x > -9e15 && x < 9e15))
    return x; // It is whole, or no number.
  auto whole = double(int64_t(x));
  return whole > x ? whole - 1 : whole;
}

// What is left of a when b is taken from it as often as it can be: exact.
static double remainder(double a, double b) {
  double left = a < 0 ? -a : a, by = b < 0 ? -b : b;
  for (;;) {
    double most = by;
    if (!(left >= most) || left - left != 0)
      break;
    while (most <= left / 2)
      most *= 2;
    left -= most;
  }
  left = a < 0 ? -left : left;
  return left != 0 && (left < 0) != (b < 0) ? left + b : left;
}

static Value power(Heap &heap, const Value &a, int64_t exponent) {
  Value all = makeInteger(1), square = a;
  bool inverse = exponent < 0;
  if (exponent < -4096 || exponent > 4096)
    return heap.fail("expected an exponent up to 4096, found a larger one");
  if (inverse || a.kind == Kind::Number) {
    all = makeNumber(1);
    square = makeNumber(numberOf(a));
    exponent = inverse ? -exponent : exponent;
  }
  for (;; exponent /= 2) {
    if (exponent % 2)
      all = binary(heap, LFM2_BINARY_MULTIPLY, all, square);
    if (exponent < 2 || heap.ended())
      break;
    square = binary(heap, LFM2_BINARY_MULTIPLY, square, square);
  }
  return inverse ? makeNumber(1 / all.number) : all;
}

static Value integers(Heap &heap, uint32_t operation, int64_t a, int64_t b) {
  int64_t result = 0;
  bool wrong = false;
  switch (operation) {
  case LFM2_BINARY_SUBTRACT:
    wrong = __builtin_sub_overflow(a, b, &result);
    break;
  case LFM2_BINARY_MULTIPLY:
    // By a quotient: what checks a product of 64 bits is no instruction
    // everywhere.
    result = int64_t(uint64_t(a) * uint64_t(b));
    wrong = (a == -1 && b == INT64_MIN) || (b == -1 && a == INT64_MIN) ||
            (b != 0 && b != -1 && result / b != a);
    break;
  default:
    if (b == -1) { // The least integer has no quotient.
      wrong = a == INT64_MIN;
      result = operation == LFM2_BINARY_FLOOR && !wrong ? -a : 0;
      break;
    }
    result = a % b;
    bool below = result != 0 && (result < 0) != (b < 0);
    if (operation == LFM2_BINARY_FLOOR)
      result = a / b - below;
    else if (below)
      result += b;
  }
  return wrong ? overflow(heap) : makeInteger(result);
}

Value binary(Heap &heap, uint32_t operation, const Value &a, const Value &b) {
  if (operation == LFM2_BINARY_MULTIPLY) {
    if ((a.kind == Kind::String || isList(a)) && isInteger(b))
      return repeat(heap, a, integerOf(b));
    if ((b.kind == Kind::String || isList(b)) && isInteger(a))
      return repeat(heap, b, integerOf(a));
  }
  if (operation == LFM2_BINARY_MODULO && a.kind == Kind::String)
    return heap.fail(
        "expected a number to the left of %, found a string; formats "
        "are not supported, join strings with ~");
  if (!isNumber(a) || !isNumber(b))
    return heap.expected("numbers to compute with", isNumber(a) ? b : a);
  if (operation >= LFM2_BINARY_DIVIDE && operation <= LFM2_BINARY_MODULO &&
      numberOf(b) == 0)
    return heap.fail("expected a divisor, found 0");
  if (operation == LFM2_BINARY_POWER) {
    if (!isInteger(b))
      return heap.expected("an integer as exponent", b);
    if (integerOf(b) < 0 && numberOf(a) == 0)
      return heap.fail("expected a divisor, found 0");
    return power(heap, a, integerOf(b));
  }
  if (isInteger(a) && isInteger(b) && operation != LFM2_BINARY_DIVIDE)
    return integers(heap, operation, integerOf(a), integerOf(b));
  double x = numberOf(a), y = numberOf(b);
  switch (operation) {
  case LFM2_BINARY_SUBTRACT:
    return makeNumber(x - y);
  case LFM2_BINARY_MULTIPLY:
    return makeNumber(x * y);
  case LFM2_BINARY_DIVIDE:
    return makeNumber(x / y);
  case LFM2_BINARY_FLOOR:
    return makeNumber(roundDown((x - remainder(x, y)) / y + 0.5));
  default:
    return makeNumber(remainder(x, y));
  }
}

Value negate(Heap &heap, const Value &value) {
  return value.kind == Kind::Number
             ? makeNumber(-value.number)
             : binary(heap, LFM2_BINARY_SUBTRACT, makeInteger(0), value);
}

} // namespace lfm2rt
