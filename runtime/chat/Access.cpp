// Attributes, items, slices, and what loops go through.
#include "runtime/chat/Operations.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {

// What a mapping has beside its members: 1 for a method, 2 for one that would
// change it, which Jinja's sandbox hides.
static int methodOfMappings(Text name) {
  static const char methods[] = "1copy 1fromkeys 1get 1items 1keys 1values "
                                "2clear 2pop 2popitem 2setdefault 2update ";
  for (const char *at = methods; *at; ++at) {
    const char *start = at++;
    Text word = {at, 0};
    for (; *at != ' '; ++at)
      ++word.bytes;
    if (sameLetters(word, name))
      return *start - '0';
  }
  return 0;
}

static Value ofLoop(const Loop &loop, Text name) {
  int64_t index = loop.next, size = loop.all.size;
  const struct {
    Text name;
    int64_t value;
  } numbers[] = {{text("index"), index},
                 {text("index0"), index - 1},
                 {text("revindex"), size - index + 1},
                 {text("revindex0"), size - index},
                 {text("length"), size},
                 {text("depth"), int64_t(loop.depth) + 1},
                 {text("depth0"), loop.depth}};
  for (const auto &number : numbers)
    if (sameLetters(name, number.name))
      return makeInteger(number.value);
  if (sameLetters(name, text("first")))
    return makeBool(index == 1);
  if (sameLetters(name, text("last")))
    return makeBool(index == size);
  if (sameLetters(name, text("previtem")) && index > 1)
    return loop.all.values[size_t(index - 2)];
  if (sameLetters(name, text("nextitem")) && index < size)
    return loop.all.values[size_t(index)];
  return makeUndefined(name);
}

Value attributeOf(Heap &heap, const Value &value, Text name) {
  switch (value.kind) {
  case undefinedKind:
    return heap.expected("a value to take an attribute or item of", value);
  case Kind::Mapping: {
    int method = methodOfMappings(name);
    if (method == 1)
      return makeObject<char>(callableKind, nullptr);
    const Value *found = method ? nullptr : findMember(value, name);
    return found ? *found : makeUndefined(name);
  }
  case namespaceKind:
    for (Field *field = object<Namespace>(value).first; field;
         field = field->next)
      if (sameLetters(field->name, name))
        return field->value;
    return makeUndefined(name);
  case loopKind:
    return ofLoop(object<Loop>(value), name);
  default:
    return makeUndefined(name);
  }
}

// The number of an element, where there is one: from the end below 0.
static bool placeIn(uint32_t size, const Value &key, uint32_t &place) {
  if (!isInteger(key))
    return false;
  int64_t index = integerOf(key);
  index += index < 0 ? size : 0;
  place = uint32_t(index);
  return index >= 0 && index < size;
}

// So many letters on.
static const char *skip(Text text, uint32_t letters) {
  Letters at(text);
  for (uint32_t i = 0; i < letters && !at.atEnd(); ++i)
    at.next();
  return at.at;
}

Value itemOf(Heap &heap, const Value &value, const Value &key) {
  uint32_t place;
  if (key.kind == Kind::String) {
    // Before a mapping's methods come its members.
    const Value *found =
        value.kind == Kind::Mapping ? findMember(value, key.text()) : nullptr;
    return found ? *found : attributeOf(heap, value, key.text());
  }
  if (value.kind == undefinedKind)
    return attributeOf(heap, value, {});
  if (isList(value) && placeIn(value.size, key, place))
    return value.values[place];
  if (value.kind == Kind::String) {
    heap.count(value.size / 16);
    if (placeIn(countLetters(value.text()), key, place)) {
      const char *at = skip(value.text(), place);
      return makeString({at, letterAt(at, value.bytes + value.size).bytes});
    }
  }
  if (key.kind == Kind::Integer) {
    char digits[numberBytes];
    TextBuilder name(heap);
    name.put({digits, writeInteger(key.integer, digits)});
    return makeUndefined(name.finish());
  }
  return makeUndefined(text("item"));
}

Value slice(Heap &heap, const Value &value, const Value bounds[3]) {
  if (value.kind == undefinedKind)
    return attributeOf(heap, value, {});
  if (!isList(value) && value.kind != Kind::String)
    return makeUndefined(text("slice"));
  int64_t numbers[3];
  for (int i = 0; i < 3; ++i) {
    if (bounds[i].kind != Kind::Null && !isInteger(bounds[i]))
      return makeUndefined(text("slice"));
    numbers[i] = bounds[i].kind == Kind::Null ? 1 : integerOf(bounds[i]);
  }
  bool isText = value.kind == Kind::String;
  if (isText)
    heap.count(value.size / 16);
  int64_t size = isText ? countLetters(value.text()) : value.size,
          step = numbers[2];
  if (step == 0)
    return heap.fail("expected a step of a slice, found 0");
  bool back = step < 0;
  for (int i = 0; i < 2; ++i) {
    // From the first to behind the last; backwards from the last to before the
    // first.
    int64_t &at = numbers[i];
    if (bounds[i].kind == Kind::Null)
      at = back == (i == 0) ? size - int64_t(back) : -int64_t(back);
    else if (at < 0)
      at = max(at + size, -int64_t(back));
    at = min(at, size - int64_t(back));
  }
  int64_t start = numbers[0], stop = numbers[1];
  // More than the size is as much as the size.
  step = max(min(step, size + 1), -size - 1);
  int64_t count = back ? (start - stop - step - 1) / -step
                       : (stop - start + step - 1) / step;
  count = max<int64_t>(count, 0);
  if (!isText) {
    if (step == 1 || count == 0) {
      Value part = value;
      part.values += count ? size_t(start) : 0;
      part.size = uint32_t(count);
      return part;
    }
    auto *values = heap.take<Value>(uint64_t(count));
    if (!values)
      return Value();
    for (int64_t i = 0; i < count; ++i)
      values[i] = value.values[size_t(start + i * step)];
    Value part = makeList(values, uint32_t(count));
    part.kind = value.kind;
    return part;
  }
  if (count == 0)
    return makeString({"", 0});
  const char *from = skip(value.text(), uint32_t(start));
  Text rest = {from, uint32_t(value.bytes + value.size - from)};
  if (step == 1)
    return makeString({from, uint32_t(skip(rest, uint32_t(count)) - from)});
  // All of its letters, so that going back is as cheap.
  Sequence letters;
  if (!sequenceOf(heap, value, letters))
    return Value();
  TextBuilder part(heap);
  for (int64_t i = 0; i < count; ++i)
    part.put(letters.values[size_t(start + i * step)].text());
  return part.value();
}

bool sequenceOf(Heap &heap, const Value &value, Sequence &all) {
  all = {nullptr, 0};
  switch (value.kind) {
  case Kind::List:
  case tupleKind:
    all = {value.values, value.size};
    break;
  case undefinedKind:
    break;
  case onceKind:
    all = object<Sequence>(value);
    object<Sequence>(value).size = 0;
    break;
  case Kind::Mapping:
  case Kind::String: {
    bool isText = value.kind == Kind::String;
    uint32_t count = isText ? countLetters(value.text()) : value.size;
    auto *values = heap.take<Value>(count);
    if (!values)
      return false;
    all = {values, count};
    Letters letters(isText ? value.text() : Text{"", 0});
    for (uint32_t i = 0; i < count; ++i) {
      const char *at = letters.at;
      if (isText)
        letters.next();
      values[i] = makeString(isText ? Text{at, uint32_t(letters.at - at)}
                                    : value.members[i].name());
    }
    break;
  }
  default:
    heap.expected("something to go through", value);
  }
  heap.count(all.size / 4);
  return !heap.ended();
}

Value makeOnce(Heap &heap, Sequence all) {
  auto *once = heap.take<Sequence>(1);
  if (!once)
    return Value();
  *once = all;
  return makeObject(onceKind, once);
}

Value itemsOf(Heap &heap, const Value &mapping, bool once) {
  uint32_t count = mapping.size;
  auto *values = heap.take<Value>(uint64_t(count) * 3);
  if (!values)
    return Value();
  for (uint32_t i = 0; i < count; ++i) {
    Value *pair = values + count + size_t(2) * i;
    pair[0] = makeString(mapping.members[i].name());
    pair[1] = mapping.members[i].value;
    values[i] = makeTuple(pair, 2);
  }
  return once ? makeOnce(heap, {values, count}) : makeList(values, count);
}

} // namespace lfm2rt
