#include "runtime/chat/Strings.h"
#include "lfm2rt/chat_format.h"
#include "runtime/chat/Template.h"

namespace lfm2rt {
namespace {

// A list that grows: it moves when it is full.
class ListBuilder {
public:
  explicit ListBuilder(Heap &heap) : heap(heap) {}

  void add(const Value &value) {
    if (size == capacity) {
      capacity = capacity ? capacity * 2 : 8;
      auto *larger = heap.take<Value>(capacity);
      if (!larger) {
        size = capacity = 0;
        return;
      }
      for (uint32_t i = 0; i < size; ++i)
        larger[i] = values[i];
      values = larger;
    }
    values[size++] = value;
  }
  void add(const char *from, const char *to) {
    add(makeString({from, uint32_t(to - from)}));
  }
  void reverse() {
    for (uint32_t i = 0; i < size / 2; ++i) {
      Value other = values[i];
      values[i] = values[size - 1 - i];
      values[size - 1 - i] = other;
    }
  }
  Value value() const { return makeList(values, size); }

private:
  Heap &heap;
  Value *values = nullptr;
  uint32_t size = 0, capacity = 0;
};

bool isIn(Text characters, uint32_t code) {
  for (Letters letters(characters); !letters.atEnd();)
    if (letters.next() == code)
      return true;
  return false;
}

// The start of the letter before `at`.
const char *before(const char *at, const char *start) {
  do
    --at;
  while (at > start && (uint8_t(*at) & 0xc0) == 0x80);
  return at;
}

// Where `what` begins first at or behind `from`, or, going back, last at or
// before it; nullptr if nowhere. `bytes` is how many bytes it has there.
const char *find(Heap &heap, Text text, Text what, const char *from, bool back,
                 uint32_t &bytes) {
  const char *end = text.at + text.bytes;
  heap.count(1);
  for (const char *at = from;;) {
    if (startsWith({at, uint32_t(end - at)}, what, bytes)) {
      heap.count(uint64_t(back ? from - at : at - from) / 16);
      return at;
    }
    if (at == (back ? text.at : end))
      break;
    at = back ? before(at, text.at) : at + letterAt(at, end).bytes;
  }
  heap.count(text.bytes / 16);
  return nullptr;
}

// Of integers, none and true; anything else is below 0: no limit.
int64_t limitOf(const Value &most) {
  return isInteger(most) ? integerOf(most) : -1;
}

Value split(Heap &heap, Text text, const Value &separator, int64_t most,
            bool back) {
  ListBuilder parts(heap);
  const char *start = text.at, *end = text.at + text.bytes;
  bool atSpace = separator.kind == Kind::Null;
  if (!atSpace && separator.kind != Kind::String)
    return heap.expected("a string to split at", separator);
  if (!atSpace && separator.size == 0)
    return heap.fail("expected a separator, found an empty string");
  const auto spaceAt = [&](const char *at) {
    return isSpace(letterAt(at, end).code);
  };
  for (;;) {
    if (heap.ended())
      return Value();
    if (atSpace) {
      while (start < end && spaceAt(back ? before(end, start) : start)) {
        if (back)
          end = before(end, start);
        else
          start += letterAt(start, end).bytes;
      }
      if (start == end)
        break;
    }
    uint32_t bytes = 0;
    const char *at = nullptr;
    Text rest = {start, uint32_t(end - start)};
    if (most == 0) {
      // All the rest is one part.
    } else if (!atSpace) {
      at = find(heap, rest, separator.text(), back ? end : start, back, bytes);
    } else if (back) {
      for (const char *c = end; c > start && !at;) {
        const char *previous = before(c, start);
        if (spaceAt(previous)) {
          at = previous;
          bytes = uint32_t(c - previous);
        }
        c = previous;
      }
    } else {
      for (const char *c = start; c < end && !at; c += letterAt(c, end).bytes)
        if (spaceAt(c)) {
          at = c;
          bytes = letterAt(c, end).bytes;
        }
    }
    if (!at) {
      parts.add(start, end);
      break;
    }
    --most;
    if (back) {
      parts.add(at + bytes, end);
      end = at;
    } else {
      parts.add(start, at);
      start = at + bytes;
    }
  }
  if (back)
    parts.reverse();
  return parts.value();
}

bool endsWith(Text text, Text what, uint32_t &bytes) {
  const char *end = text.at + text.bytes, *at = end;
  for (uint32_t i = countLetters(what); i > 0; --i) {
    if (at == text.at)
      return false;
    at = before(at, text.at);
  }
  bytes = uint32_t(end - at);
  uint32_t matched;
  return startsWith({at, bytes}, what, matched);
}

Value hasAffix(Heap &heap, Text text, const Value &affix, bool atEnd) {
  bool found = false;
  uint32_t bytes;
  const Value *options = affix.kind == tupleKind ? affix.values : &affix;
  uint32_t count = affix.kind == tupleKind ? affix.size : 1;
  for (uint32_t i = 0; i < count; ++i) {
    if (options[i].kind != Kind::String)
      return heap.expected("a string, or a tuple of strings", options[i]);
    found |= atEnd ? endsWith(text, options[i].text(), bytes)
                   : startsWith(text, options[i].text(), bytes);
  }
  return makeBool(found);
}

Value removeAffix(Text text, Text affix, bool atEnd) {
  uint32_t bytes = 0;
  if (atEnd && endsWith(text, affix, bytes))
    text.bytes -= bytes;
  else if (!atEnd && startsWith(text, affix, bytes))
    text = {text.at + bytes, text.bytes - bytes};
  return makeString(text);
}

// find, rfind, index.
Value indexOf(Heap &heap, Text text, Text what, bool back, bool must) {
  uint32_t bytes;
  const char *at =
      find(heap, text, what, text.at + (back ? text.bytes : 0), back, bytes);
  if (!at && must)
    return heap.fail("expected a string that holds ", what, ", found none");
  return makeInteger(at ? countLetters({text.at, uint32_t(at - text.at)}) : -1);
}

Value countOf(Heap &heap, Text text, Text what) {
  if (what.bytes == 0)
    return makeInteger(int64_t(countLetters(text)) + 1);
  int64_t count = 0;
  uint32_t bytes;
  const char *from = text.at;
  while ((from = find(heap, text, what, from, false, bytes)) && !heap.ended()) {
    ++count;
    from += bytes;
  }
  return makeInteger(count);
}

Value isAll(Text text, bool digits) {
  bool all = text.bytes > 0;
  for (Letters letters(text); !letters.atEnd();) {
    uint32_t code = letters.next();
    all &= digits ? code >= '0' && code <= '9' : isSpace(code);
  }
  return makeBool(all);
}

Value ofMapping(Heap &heap, uint32_t method, const Value *values) {
  const Value &mapping = values[0];
  if (mapping.kind != Kind::Mapping)
    return heap.expected("a mapping to call this method of", mapping);
  if (method == LFM2_METHOD_ITEMS)
    return itemsOf(heap, mapping, false);
  if (method == LFM2_METHOD_GET) {
    const Value *found = values[1].kind == Kind::String
                             ? findMember(mapping, values[1].text())
                             : nullptr;
    return found ? *found : values[2];
  }
  Sequence all;
  if (method == LFM2_METHOD_KEYS)
    return sequenceOf(heap, mapping, all) ? makeList(all.values, all.size)
                                          : Value();
  ListBuilder list(heap);
  for (uint32_t i = 0; i < mapping.size; ++i)
    list.add(mapping.members[i].value);
  return list.value();
}

Value ofList(Heap &heap, uint32_t method, const Value *values) {
  int64_t count = 0;
  for (uint32_t i = 0; i < values[0].size; ++i) {
    if (!isEqual(heap, values[0].values[i], values[1]))
      continue;
    if (method == LFM2_METHOD_INDEX)
      return makeInteger(i);
    ++count;
  }
  if (method == LFM2_METHOD_INDEX)
    return heap.fail("expected a list that holds the value, found one without");
  return makeInteger(count);
}

} // namespace

Value strip(Heap &heap, Text text, const Value &characters, int sides) {
  if (characters.kind != Kind::Null && characters.kind != Kind::String)
    return heap.expected("a string of characters", characters);
  heap.count(text.bytes / 16);
  const auto goes = [&](const char *at, const char *end) {
    uint32_t code = letterAt(at, end).code;
    return characters.kind == Kind::Null ? isSpace(code)
                                         : isIn(characters.text(), code);
  };
  const char *start = text.at, *end = text.at + text.bytes;
  while (sides & 1 && start < end && goes(start, end))
    start += letterAt(start, end).bytes;
  while (sides & 2 && start < end && goes(before(end, start), end))
    end = before(end, start);
  return makeString({start, uint32_t(end - start)});
}

Value replace(Heap &heap, Text text, Text old, Text other, const Value &most) {
  int64_t left = limitOf(most);
  TextBuilder all(heap);
  const char *from = text.at, *end = text.at + text.bytes;
  uint32_t bytes;
  while (left-- != 0 && !heap.ended()) {
    const char *at = find(heap, text, old, from, false, bytes);
    if (!at)
      break;
    all.put({from, uint32_t(at - from)});
    all.put(other);
    from = at + bytes;
    if (bytes > 0)
      continue;
    // Nothing is found before each letter, and behind the last.
    if (from == end)
      return all.value();
    bytes = letterAt(from, end).bytes;
    all.put({from, bytes});
    from += bytes;
  }
  all.put({from, uint32_t(end - from)});
  return all.value();
}

Value join(Heap &heap, Text separator, const Value &values, bool onlyStrings) {
  Sequence all;
  if (!sequenceOf(heap, values, all))
    return Value();
  TextBuilder text(heap);
  for (uint32_t i = 0; i < all.size && !heap.ended(); ++i) {
    if (i > 0)
      text.put(separator);
    if (onlyStrings && all.values[i].kind != Kind::String)
      return heap.expected("strings to join", all.values[i]);
    print(text, heap, all.values[i]);
  }
  return text.value();
}

static bool endsLine(uint32_t code) {
  return (code >= 10 && code <= 13) || (code >= 28 && code <= 30) ||
         code == 0x85 || code == 0x2028 || code == 0x2029;
}

Value splitLines(Heap &heap, Text text, bool keepEnds) {
  ListBuilder lines(heap);
  Letters letters(text);
  const char *start = text.at;
  heap.count(text.bytes / 16);
  while (!letters.atEnd() && !heap.ended()) {
    const char *at = letters.at;
    uint32_t code = letters.next();
    if (!endsLine(code))
      continue;
    if (code == '\r' && !letters.atEnd() && letters.peek().code == '\n')
      letters.next();
    lines.add(start, keepEnds ? letters.at : at);
    start = letters.at;
  }
  if (start < letters.at)
    lines.add(start, letters.at);
  return lines.value();
}

Value indent(Heap &heap, Text text, const Value &width, bool first,
             bool blank) {
  Value margin = width;
  if (isInteger(width))
    margin = binary(heap, LFM2_BINARY_MULTIPLY, makeString({" ", 1}), width);
  else if (width.kind != Kind::String)
    return heap.expected("a width, or a string", width);
  // An end that is empty is a line, too.
  TextBuilder ended(heap);
  ended.put(text);
  ended.put('\n');
  Value lines = splitLines(heap, ended.finish(), false);
  if (heap.ended())
    return Value();
  TextBuilder all(heap);
  for (uint32_t i = 0; i < lines.size && !heap.ended(); ++i) {
    if (i > 0)
      all.put('\n');
    if (i > 0 ? blank || lines.values[i].size > 0 : first)
      all.put(margin.text());
    all.put(lines.values[i].text());
  }
  return all.value();
}

Value callMethod(Heap &heap, const Template &form, uint32_t method,
                 const Value *values, uint32_t count) {
  const Value &self = values[0];
  if (method == LFM2_METHOD_COPY)
    return self;
  if (method == LFM2_METHOD_CYCLE) {
    if (self.kind != loopKind || count < 2)
      return heap.expected("a loop with values to cycle through", self);
    return values[1 + (object<Loop>(self).next - 1) % (count - 1)];
  }
  if (method >= LFM2_METHOD_ITEMS)
    return ofMapping(heap, method, values);
  bool isSearch = method == LFM2_METHOD_INDEX || method == LFM2_METHOD_COUNT;
  if (isSearch && isList(self))
    return ofList(heap, method, values);
  if (self.kind != Kind::String)
    return heap.expected("a string to call this method of", self);
  Text text = self.text();
  bool takesText =
      isSearch || method == LFM2_METHOD_FIND || method == LFM2_METHOD_RFIND ||
      method == LFM2_METHOD_REPLACE || method == LFM2_METHOD_REMOVEPREFIX ||
      method == LFM2_METHOD_REMOVESUFFIX;
  if (takesText && values[1].kind != Kind::String)
    return heap.expected("a string to look for", values[1]);
  Text what = takesText ? values[1].text() : Text{"", 0};
  heap.count(text.bytes / 16);
  switch (method) {
  case LFM2_METHOD_SPLIT:
  case LFM2_METHOD_RSPLIT:
    return split(heap, text, values[1], limitOf(values[2]),
                 method == LFM2_METHOD_RSPLIT);
  case LFM2_METHOD_SPLITLINES:
    return splitLines(heap, text, isTrue(values[1]));
  case LFM2_METHOD_STRIP:
    return strip(heap, text, values[1], 3);
  case LFM2_METHOD_LSTRIP:
    return strip(heap, text, values[1], 1);
  case LFM2_METHOD_RSTRIP:
    return strip(heap, text, values[1], 2);
  case LFM2_METHOD_STARTSWITH:
    return hasAffix(heap, text, values[1], false);
  case LFM2_METHOD_ENDSWITH:
    return hasAffix(heap, text, values[1], true);
  case LFM2_METHOD_REPLACE:
    if (values[2].kind != Kind::String)
      return heap.expected("a string to put in place", values[2]);
    return replace(heap, text, what, values[2].text(), values[3]);
  case LFM2_METHOD_UPPER:
    return makeString(changeCase(heap, form, text, Case::Upper));
  case LFM2_METHOD_LOWER:
    return makeString(changeCase(heap, form, text, Case::Lower));
  case LFM2_METHOD_TITLE:
    return makeString(makeTitle(heap, form, text, false));
  case LFM2_METHOD_CAPITALIZE:
    return makeString(capitalize(heap, form, text));
  case LFM2_METHOD_JOIN:
    return join(heap, text, values[1], true);
  case LFM2_METHOD_FIND:
  case LFM2_METHOD_RFIND:
  case LFM2_METHOD_INDEX:
    return indexOf(heap, text, what, method == LFM2_METHOD_RFIND,
                   method == LFM2_METHOD_INDEX);
  case LFM2_METHOD_COUNT:
    return countOf(heap, text, what);
  case LFM2_METHOD_REMOVEPREFIX:
  case LFM2_METHOD_REMOVESUFFIX:
    return removeAffix(text, what, method == LFM2_METHOD_REMOVESUFFIX);
  default:
    return isAll(text, method == LFM2_METHOD_ISDIGIT);
  }
}

} // namespace lfm2rt
