// Attributes, items, slices, and what loops go through.
#include "runtime/chat/Machine.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {

Value Machine::ofLoop(const Value &value, uint32_t which) {
  if (!check(value, maskOf(loopKind)))
    return Value();
  const auto &loop = object<Loop>(value);
  return which == LFM2_LOOP_ALL
             ? makeList(loop.all.values, loop.all.size)
             : makeInteger(which == LFM2_LOOP_INDEX ? loop.next
                                                    : loop.all.size);
}

// Whether mappings have a `method` (LFM2_METHOD_*) of the name is known where
// it was compiled.
Value Machine::attribute(const Value &value, Text name, uint32_t method) {
  if (value.kind == Kind::Mapping) {
    if (method == LFM2_METHOD_SAFE)
      return makeValue(functionKind, nullptr);
    const Value *found = method ? nullptr : findMember(value, name);
    return found ? *found : makeUndefined(name);
  }
  if (value.kind == namespaceKind)
    for (Field *field = object<Namespace>(value).first; field;
         field = field->next)
      if (sameLetters(field->name, name))
        return field->value;
  // A loop's are known when the template is compiled.
  if (has(value, maskOf(undefinedKind) | maskOf(loopKind)))
    return expected(LFM2_MESSAGE_ATTRIBUTES, value);
  return makeUndefined(name);
}

// So many letters on.
static const char *skip(Text text, int64_t letters) {
  Letters at(text);
  for (; letters > 0 && !at.atEnd(); --letters)
    at.next();
  return at.at;
}

Value Machine::item(const Value &value, const Value &key, uint32_t method) {
  if (key.kind == Kind::String) {
    // Before a mapping's methods come its members.
    const Value *found =
        value.kind == Kind::Mapping ? findMember(value, key.text()) : nullptr;
    return found ? *found : attribute(value, key.text(), method);
  }
  bool isText = value.kind == Kind::String;
  if (has(key, integers) && (isText || has(value, lists))) {
    int64_t index = integerOf(key),
            size = isText ? countLetters(value.text()) : value.size;
    index += index < 0 ? size : 0;
    if (index >= 0 && index < size) {
      if (!isText)
        return value.values[size_t(index)];
      const char *at = skip(value.text(), index);
      return makeString({at, letterAt(at, value.bytes + value.size).bytes});
    }
  }
  return attribute(value.kind == Kind::Mapping ? Value() : value, text("item"),
                   0);
}

// bounds: start and stop, each may be none.
Value Machine::slice(const Value &value, const Value *bounds) {
  bool isText = value.kind == Kind::String;
  if (!isText && !has(value, lists))
    return expected(LFM2_MESSAGE_SEQUENCE, value);
  int64_t size = isText ? countLetters(value.text()) : value.size;
  int64_t ends[] = {0, size};
  for (int i = 0; i < 2; ++i)
    if (bounds[i].kind != Kind::Null && check(bounds[i], integers)) {
      int64_t at = integerOf(bounds[i]);
      ends[i] = max<int64_t>(min(at < 0 ? at + size : at, size), 0);
    }
  int64_t length = max<int64_t>(ends[1] - ends[0], 0);
  if (!isText)
    return makeValue(value.kind, value.values + size_t(ends[0]),
                     uint32_t(length));
  const char *from = skip(value.text(), ends[0]);
  Text rest = {from, uint32_t(value.bytes + value.size - from)};
  return makeString({from, uint32_t(skip(rest, length) - from)});
}

bool Machine::sequence(const Value &value, Sequence &all) {
  all = {nullptr, 0};
  ListBuilder list(*this);
  if (has(value, lists)) {
    all = {value.values, value.size};
  } else if (value.kind == onceKind) {
    all = object<Sequence>(value);
    object<Sequence>(value).size = 0;
  } else if (value.kind == Kind::String) {
    for (Letters letters(value.text()); !letters.atEnd() && !ended();) {
      const char *at = letters.at;
      letters.next();
      list.add(makeString({at, uint32_t(letters.at - at)}));
    }
  } else if (value.kind == Kind::Mapping) {
    for (uint32_t i = 0; i < value.size && !ended(); ++i)
      list.add(makeString(value.members[i].name()));
  } else if (value.kind != undefinedKind) {
    expected(LFM2_MESSAGE_SEQUENCE, value);
  }
  if (!all.size)
    all = {list.value().values, list.value().size};
  return !ended();
}

Value Machine::length(const Value &value) {
  if (value.kind == Kind::String)
    return makeInteger(countLetters(value.text()));
  if (has(value, lists | maskOf(Kind::Mapping)))
    return makeInteger(value.size);
  if (value.kind == undefinedKind)
    return makeInteger(0);
  return expected(LFM2_MESSAGE_SIZED, value);
}

} // namespace lfm2rt
