#include "runtime/chat/Filters.h"
#include "lfm2rt/chat_format.h"
#include "runtime/chat/Strings.h"
#include "runtime/chat/Template.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {
namespace {

void putJson(const char *text, uint64_t bytes, void *builder) {
  static_cast<TextBuilder *>(builder)->put({text, uint32_t(bytes)});
}

// A text with a zero behind it.
const char *terminated(Heap &heap, const Value &text) {
  if (text.kind != Kind::String)
    return heap.expected("a string as separator", text), "";
  TextBuilder copy(heap);
  copy.put(text.text());
  copy.put('\0');
  return copy.finish().at;
}

// values: value, ensure_ascii, indent, separators, sort_keys
Value toJson(Heap &heap, const Template &form, const Value *values) {
  Rewriter plain{heap, nullptr};
  Value value = plain.rewrite(values[0]);
  JsonStyle style;
  if (isInteger(values[2]))
    style = JsonStyle::indented(int32_t(max<int64_t>(integerOf(values[2]), 0)));
  else if (values[2].kind != Kind::Null)
    return heap.expected("an integer as indent", values[2]);
  style.ensureAscii = isTrue(values[1]);
  style.sortKeys = isTrue(values[4]);
  if (values[3].kind != Kind::Null) {
    if (!isList(values[3]) || values[3].size != 2)
      return heap.expected("two separators", values[3]);
    style.itemSeparator = terminated(heap, values[3].values[0]);
    style.keySeparator = terminated(heap, values[3].values[1]);
  }
  if (heap.ended())
    return Value();
  TextBuilder text(heap);
  if (!writeJson(value, style, putJson, &text))
    return heap.fail(
        "expected a value that JSON can say, found a number that is "
        "not finite, or too many values within each other");
  // What holds something foreign is foreign as a whole.
  Rewriter foreign{heap, &form};
  return plain.sawForeign ? makeString(foreign.rewrite(text.finish()))
                          : text.value();
}

// --- Order ---

// What values are sorted by: letters without their case.
Value keyOf(Heap &heap, const Template &form, const Value &value,
            const Value &caseSensitive) {
  if (isTrue(caseSensitive) || value.kind != Kind::String)
    return value;
  return makeString(changeCase(heap, form, value.text(), Case::Lower));
}

struct Keyed {
  Value value, key;
};

// Values with their keys; nullptr where there are none, or the run ends.
Keyed *keyed(Heap &heap, const Template &form, const Value &values,
             const Value &keys, const Value &caseSensitive) {
  if (!isList(values) || !isList(keys) || keys.size != values.size) {
    heap.expected("a list", values);
    return nullptr;
  }
  auto *all = heap.take<Keyed>(values.size);
  for (uint32_t i = 0; all && i < values.size; ++i)
    all[i] = {values.values[i],
              keyOf(heap, form, keys.values[i], caseSensitive)};
  return heap.ended() ? nullptr : all;
}

Value sorted(Heap &heap, Keyed *all, uint32_t size, bool back) {
  auto *values = heap.take<Value>(size);
  if (!values || !all)
    return Value();
  for (uint32_t i = 1; i < size && !heap.ended(); ++i) {
    Keyed moved = all[i];
    uint32_t at = i;
    for (; at > 0 && !heap.ended(); --at) {
      int order = compare(heap, all[at - 1].key, moved.key);
      if (back ? order >= 0 : order <= 0)
        break;
      all[at] = all[at - 1];
    }
    all[at] = moved;
  }
  for (uint32_t i = 0; i < size; ++i)
    values[i] = all[i].value;
  return makeList(values, size);
}

// values: mapping, case_sensitive, by, reverse
Value sortMapping(Heap &heap, const Template &form, const Value *values) {
  const Value &mapping = values[0];
  if (mapping.kind != Kind::Mapping)
    return heap.expected("a mapping to sort", mapping);
  bool byValue = values[2].kind == Kind::String &&
                 sameLetters(values[2].text(), text("value"));
  Value items = itemsOf(heap, mapping, false);
  auto *all = heap.take<Keyed>(mapping.size);
  for (uint32_t i = 0; all && i < mapping.size; ++i)
    all[i] = {items.values[i],
              keyOf(heap, form, items.values[i].values[byValue], values[1])};
  return sorted(heap, all, mapping.size, isTrue(values[3]));
}

// values: values, keys, case_sensitive
Value extreme(Heap &heap, const Template &form, const Value *values,
              bool most) {
  Keyed *all = keyed(heap, form, values[0], values[1], values[2]);
  if (!all || values[0].size == 0)
    return makeUndefined({"item", 4});
  Keyed *best = all;
  for (uint32_t i = 1; i < values[0].size && !heap.ended(); ++i) {
    int order = compare(heap, all[i].key, best->key);
    if (most ? order > 0 : order < 0)
      best = all + i;
  }
  return best->value;
}

Value unique(Heap &heap, const Template &form, const Value *values) {
  Keyed *all = keyed(heap, form, values[0], values[1], values[2]);
  auto *found = heap.take<Value>(values[0].size);
  if (!all || !found)
    return Value();
  uint32_t count = 0;
  for (uint32_t i = 0; i < values[0].size && !heap.ended(); ++i) {
    bool isNew = true;
    for (uint32_t j = 0; j < i && isNew; ++j)
      isNew = !isEqual(heap, all[i].key, all[j].key);
    if (isNew)
      found[count++] = all[i].value;
  }
  return makeOnce(heap, {found, count});
}

Value reversed(Heap &heap, const Value &value) {
  Sequence all;
  if (value.kind == onceKind)
    return heap.expected("a list, a mapping or a string to reverse", value);
  if (!sequenceOf(heap, value, all))
    return Value();
  if (value.kind == Kind::String) {
    TextBuilder text(heap);
    for (uint32_t i = all.size; i > 0; --i)
      text.put(all.values[i - 1].text());
    return text.value();
  }
  auto *values = heap.take<Value>(all.size);
  for (uint32_t i = 0; values && i < all.size; ++i)
    values[i] = all.values[all.size - 1 - i];
  return makeOnce(heap, {values, values ? all.size : 0});
}

Value endOf(Heap &heap, const Value &value, bool last) {
  if (value.kind == onceKind) {
    Sequence &rest = object<Sequence>(value);
    if (last)
      return heap.expected("a list, a mapping or a string", value);
    if (rest.size == 0)
      return makeUndefined({"item", 4});
    --rest.size;
    return *rest.values++;
  }
  Sequence all;
  if (!sequenceOf(heap, value, all))
    return Value();
  return all.size ? all.values[last ? all.size - 1 : 0]
                  : makeUndefined({"item", 4});
}

// --- Numbers ---

// Whether `text` is a number as Python's int() or float() reads it, without
// what stands around it; `digits` gets what is to be read.
bool isNumeral(Text text, bool whole, Text &digits) {
  const char *at = text.at, *end = at + text.bytes;
  const auto run = [&] {
    const char *start = at;
    while (at < end && ((*at >= '0' && *at <= '9') ||
                        (*at == '_' && at > start && at + 1 < end &&
                         at[-1] != '_' && at[1] >= '0' && at[1] <= '9')))
      ++at;
    return at > start;
  };
  at += at < end && (*at == '-' || *at == '+');
  bool any = run();
  if (!whole && at < end && *at == '.') {
    ++at;
    any |= run();
  }
  if (!whole && any && at < end && (*at | 0x20) == 'e') {
    ++at;
    at += at < end && (*at == '-' || *at == '+');
    any = run();
  }
  digits = text;
  return any && at == end;
}

// In ASCII, without white space around.
Text numeralOf(Heap &heap, const Value &value) {
  Rewriter plain{heap, nullptr};
  return plain.rewrite(strip(heap, value.text(), Value(), 3).text());
}

// values: value, default, base
Value toInteger(Heap &heap, const Value *values) {
  const Value &value = values[0];
  if (isInteger(value))
    return makeInteger(integerOf(value));
  double number = 0;
  if (value.kind == Kind::Number) {
    number = value.number;
  } else if (value.kind == Kind::String) {
    Text digits;
    Text numeral = numeralOf(heap, value);
    if (!isInteger(values[2]) || integerOf(values[2]) != 10)
      return heap.fail("expected the base 10 of a number, found another; other "
                       "bases are not supported");
    if (isNumeral(numeral, true, digits)) {
      uint64_t sum = 0;
      bool negative = *numeral.at == '-';
      for (uint32_t i = 0; i < numeral.bytes; ++i) {
        uint32_t digit = uint32_t(numeral.at[i] - '0');
        if (digit > 9)
          continue;
        if (sum > (uint64_t(INT64_MAX) - digit) / 10)
          return heap.fail("expected integers of 64 bits, found a larger one");
        sum = sum * 10 + digit;
      }
      return makeInteger(negative ? -int64_t(sum) : int64_t(sum));
    }
    if (!isNumeral(numeral, false, digits))
      return values[1];
    number = readDouble(digits);
  } else {
    return values[1];
  }
  if (!(number > -9.2e18 && number < 9.2e18))
    return isFinite(number)
               ? heap.fail("expected integers of 64 bits, found a larger one")
               : values[1];
  return makeInteger(int64_t(number));
}

Value toNumber(Heap &heap, const Value *values) {
  const Value &value = values[0];
  if (isNumber(value))
    return makeNumber(numberOf(value));
  Text digits;
  if (value.kind != Kind::String ||
      !isNumeral(numeralOf(heap, value), false, digits))
    return values[1];
  return makeNumber(readDouble(digits));
}

// values: value, precision, method
Value rounded(Heap &heap, const Value *values) {
  if (!isNumber(values[0]))
    return heap.expected("a number to round", values[0]);
  if (!isInteger(values[1]) || integerOf(values[1]) != 0)
    return heap.fail("expected a precision of 0, found another; others are not "
                     "supported");
  Text method = values[2].kind == Kind::String ? values[2].text() : Text{"", 0};
  double number = numberOf(values[0]);
  if (!(number > -4e15 && number < 4e15))
    return values[0];
  auto down = double(int64_t(number));
  down -= down > number;
  double part = number - down;
  bool up = part > 0.5 || (part == 0.5 && int64_t(down) % 2);
  if (sameLetters(method, text("floor")))
    up = false;
  else if (sameLetters(method, text("ceil")))
    up = part > 0;
  else if (!sameLetters(method, text("common")))
    return heap.fail("expected common, ceil or floor, found ", method);
  if (values[0].kind != Kind::Number && sameLetters(method, text("common")))
    return makeInteger(integerOf(values[0]));
  return makeNumber(down + up);
}

Value sum(Heap &heap, const Value *values) {
  Sequence all;
  if (!sequenceOf(heap, values[0], all))
    return Value();
  Value total = values[1];
  if (total.kind == Kind::String)
    return heap.expected("numbers to sum up", total);
  for (uint32_t i = 0; i < all.size && !heap.ended(); ++i)
    total = add(heap, total, all.values[i]);
  return total;
}

Value lengthOf(Heap &heap, const Value &value) {
  if (value.kind == Kind::String) {
    heap.count(value.size / 16);
    return makeInteger(countLetters(value.text()));
  }
  if (isList(value) || value.kind == Kind::Mapping)
    return makeInteger(value.size);
  if (value.kind == undefinedKind)
    return makeInteger(0);
  if (value.kind == loopKind)
    return makeInteger(object<Loop>(value).all.size);
  return heap.expected("a value that has a length", value);
}

} // namespace

Value applyFilter(Heap &heap, const Template &form, uint32_t filter,
                  const Value *values) {
  const Value &value = values[0];
  switch (filter) {
  case LFM2_FILTER_TOJSON:
    return toJson(heap, form, values);
  case LFM2_FILTER_DEFAULT:
    return value.kind == undefinedKind || (isTrue(values[2]) && !isTrue(value))
               ? values[1]
               : value;
  case LFM2_FILTER_LENGTH:
    return lengthOf(heap, value);
  case LFM2_FILTER_JOIN:
    return join(heap, textOf(heap, values[1]), value, false);
  case LFM2_FILTER_FIRST:
  case LFM2_FILTER_LAST:
    return endOf(heap, value, filter == LFM2_FILTER_LAST);
  case LFM2_FILTER_INT:
    return toInteger(heap, values);
  case LFM2_FILTER_FLOAT:
    return toNumber(heap, values);
  case LFM2_FILTER_LIST: {
    Sequence all;
    return sequenceOf(heap, value, all) ? makeList(all.values, all.size)
                                        : Value();
  }
  case LFM2_FILTER_ITEMS:
    if (value.kind == undefinedKind)
      return makeOnce(heap, {nullptr, 0});
    if (value.kind != Kind::Mapping)
      return heap.expected("a mapping to take the items of", value);
    return itemsOf(heap, value, true);
  case LFM2_FILTER_DICTSORT:
    return sortMapping(heap, form, values);
  case LFM2_FILTER_SORT:
    return sorted(heap, keyed(heap, form, value, values[1], values[3]),
                  value.size, isTrue(values[2]));
  case LFM2_FILTER_UNIQUE:
    return unique(heap, form, values);
  case LFM2_FILTER_LEAST:
  case LFM2_FILTER_MOST:
    return extreme(heap, form, values, filter == LFM2_FILTER_MOST);
  case LFM2_FILTER_REVERSE:
    return reversed(heap, value);
  case LFM2_FILTER_ROUND:
    return rounded(heap, values);
  case LFM2_FILTER_ABS:
    if (!isNumber(value))
      return heap.expected("a number", value);
    return numberOf(value) < 0 ? negate(heap, value) : value;
  case LFM2_FILTER_SUM:
    return sum(heap, values);
  default:
    break;
  }
  Text text = textOf(heap, value);
  switch (filter) {
  case LFM2_FILTER_INDENT:
    if (value.kind != Kind::String)
      return heap.expected("a string to indent", value);
    return indent(heap, text, values[1], isTrue(values[2]), isTrue(values[3]));
  case LFM2_FILTER_REPLACE: {
    Text old = textOf(heap, values[1]), other = textOf(heap, values[2]);
    return heap.ended() ? Value() : replace(heap, text, old, other, values[3]);
  }
  case LFM2_FILTER_TRIM:
    return strip(heap, text, values[1], 3);
  case LFM2_FILTER_UPPER:
    return makeString(changeCase(heap, form, text, Case::Upper));
  case LFM2_FILTER_LOWER:
    return makeString(changeCase(heap, form, text, Case::Lower));
  case LFM2_FILTER_TITLE:
    return makeString(makeTitle(heap, form, text, true));
  case LFM2_FILTER_CAPITALIZE:
    return makeString(capitalize(heap, form, text));
  default: // LFM2_FILTER_STRING
    return makeString(text);
  }
}

bool applyTest(Heap &heap, const Template &form, uint32_t test,
               const Value *values) {
  const Value &value = values[0];
  switch (test) {
  case LFM2_TEST_DEFINED:
    return value.kind != undefinedKind;
  case LFM2_TEST_NONE:
    return value.kind == Kind::Null;
  case LFM2_TEST_STRING:
    return value.kind == Kind::String;
  case LFM2_TEST_MAPPING:
    return value.kind == Kind::Mapping;
  case LFM2_TEST_ITERABLE:
  case LFM2_TEST_SEQUENCE:
    return isList(value) || value.kind == Kind::Mapping ||
           value.kind == Kind::String || value.kind == undefinedKind ||
           (test == LFM2_TEST_ITERABLE &&
            (value.kind == onceKind || value.kind == loopKind));
  case LFM2_TEST_NUMBER:
    return isNumber(value);
  case LFM2_TEST_INTEGER:
    return value.kind == Kind::Integer;
  case LFM2_TEST_FLOAT:
    return value.kind == Kind::Number;
  case LFM2_TEST_BOOLEAN:
    return value.kind == Kind::Bool;
  case LFM2_TEST_TRUE:
    return value.kind == Kind::Bool && value.truth;
  case LFM2_TEST_FALSE:
    return value.kind == Kind::Bool && !value.truth;
  case LFM2_TEST_CALLABLE:
    return value.kind == macroKind || value.kind == callableKind;
  case LFM2_TEST_UPPER:
  case LFM2_TEST_LOWER:
    return isCase(form, textOf(heap, value),
                  test == LFM2_TEST_UPPER ? Case::Upper : Case::Lower);
  default: { // Odd, even, divisible.
    bool divides = test == LFM2_TEST_DIVISIBLE;
    Value left = binary(heap, LFM2_BINARY_MODULO, value,
                        divides ? values[1] : makeInteger(2));
    return isNumber(left) && numberOf(left) == (test == LFM2_TEST_ODD ? 1 : 0);
  }
  }
}

Value rangeOf(Heap &heap, const Value *values, uint32_t count) {
  int64_t numbers[3] = {0, 0, 1};
  for (uint32_t i = 0; i < count; ++i) {
    if (!isInteger(values[i]))
      return heap.expected("integers for a range", values[i]);
    numbers[count == 1 ? 1 : i] = integerOf(values[i]);
  }
  int64_t start = numbers[0], stop = numbers[1], step = numbers[2];
  if (step == 0)
    return heap.fail("expected a step of a range, found 0");
  constexpr int64_t most = 100000; // As Jinja's sandbox.
  uint64_t size = 0;
  if (step > 0 ? start < stop : start > stop) {
    uint64_t way = step > 0 ? uint64_t(stop) - uint64_t(start)
                            : uint64_t(start) - uint64_t(stop);
    uint64_t by = step > 0 ? uint64_t(step) : 0 - uint64_t(step);
    size = (way - 1) / by + 1;
  }
  if (size > most)
    return heap.fail("expected a range of at most 100000 numbers, found more");
  auto *all = heap.take<Value>(size);
  for (uint64_t i = 0; all && i < size; ++i)
    all[i] = makeInteger(start + int64_t(i) * step);
  return makeList(all, all ? uint32_t(size) : 0);
}

} // namespace lfm2rt
