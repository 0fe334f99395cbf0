// Values as text, and strings rewritten.
#include "runtime/chat/Operations.h"
#include "runtime/chat/Template.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {

// What Python's repr() escapes behind ASCII: controls, spaces, marks of
// formats, surrogates, what is private or no character. Pairs of first and
// last.
static constexpr uint32_t unprintable[] = {
    0x7f,   0xa0,   0xad,   0xad,   0x600,   0x605,   0x61c,   0x61c,
    0x6dd,  0x6dd,  0x70f,  0x70f,  0x890,   0x891,   0x8e2,   0x8e2,
    0x1680, 0x1680, 0x180e, 0x180e, 0x2000,  0x200f,  0x2028,  0x202f,
    0x205f, 0x206f, 0x3000, 0x3000, 0xd800,  0xf8ff,  0xfeff,  0xfeff,
    0xfff0, 0xfffb, 0xfffe, 0xffff, 0xe0000, 0xe00ff, 0xf0000, 0x10ffff};

static bool isPrintable(uint32_t code) {
  bool printable = code >= 0x20;
  for (size_t i = 0; i < sizeof(unprintable) / sizeof(uint32_t); i += 2)
    printable &= code < unprintable[i] || code > unprintable[i + 1];
  return printable;
}

static void printQuoted(TextBuilder &to, Text text) {
  bool single = false, both = false;
  for (Letters letters(text); !letters.atEnd();) {
    uint32_t code = letters.next();
    single |= code == '\'';
    both |= code == '"';
  }
  char quote = single && !both ? '"' : '\'';
  to.put(quote);
  for (Letters letters(text); !letters.atEnd();) {
    const char *start = letters.at;
    uint32_t code = letters.next();
    if (code == uint8_t(quote) || code == '\\') {
      to.put('\\');
    } else if (!isPrintable(code)) {
      to.put('\\');
      uint32_t digits = code < 0x100 ? 2 : code < 0x10000 ? 4 : 8;
      if (code == '\n' || code == '\r' || code == '\t') {
        to.put(code == '\n' ? 'n' : code == '\r' ? 'r' : 't');
        continue;
      }
      to.put(digits == 2 ? 'x' : digits == 4 ? 'u' : 'U');
      while (digits-- > 0)
        to.put("0123456789abcdef"[code >> 4 * digits & 15]);
      continue;
    }
    to.put({start, uint32_t(letters.at - start)});
  }
  to.put(quote);
}

void print(TextBuilder &to, Heap &heap, const Value &value, bool quoted,
           uint32_t depth) {
  char digits[numberBytes];
  heap.count(1);
  if (depth > mostNesting)
    heap.fail(
        "expected at most 200 lists and mappings within each other, found "
        "more");
  if (heap.ended())
    return;
  switch (value.kind) {
  case Kind::Null:
    return to.put("None");
  case Kind::Bool:
    return to.put(value.truth ? "True" : "False");
  case Kind::Integer:
    return to.put({digits, writeInteger(value.integer, digits)});
  case Kind::Number:
    if (value.number != value.number)
      return to.put("nan");
    if (!isFinite(value.number))
      return to.put(value.number < 0 ? "-inf" : "inf");
    return to.put({digits, writeDouble(value.number, digits)});
  case Kind::String:
    return quoted ? printQuoted(to, value.text()) : to.put(value.text());
  case undefinedKind:
    return quoted ? to.put("Undefined") : void();
  default:
    break;
  }
  bool isMapping = value.kind == Kind::Mapping;
  if (!isMapping && !isList(value)) {
    heap.expected("a value that can be printed", value);
    return;
  }
  const char *brackets = isMapping                  ? "{}"
                         : value.kind == Kind::List ? "[]"
                                                    : "()";
  to.put(brackets[0]);
  for (uint32_t i = 0; i < value.size; ++i) {
    if (i > 0)
      to.put(", ");
    if (isMapping) {
      printQuoted(to, value.members[i].name());
      to.put(": ");
    }
    print(to, heap, isMapping ? value.members[i].value : value.values[i], true,
          depth + 1);
  }
  if (value.kind == tupleKind && value.size == 1)
    to.put(',');
  to.put(brackets[1]);
}

Text textOf(Heap &heap, const Value &value) {
  if (value.kind == Kind::String)
    return value.text();
  TextBuilder text(heap);
  print(text, heap, value);
  return text.finish();
}

Text Rewriter::rewrite(Text text) {
  uint64_t bytes = 0;
  bool changes = false;
  const auto becomes = [&](uint32_t code, bool wasForeign) {
    return code < 0x80 &&
           (form ? wasForeign || form->spells(uint8_t(code)) : false);
  };
  for (Letters letters(text); !letters.atEnd();) {
    bool foreign = isForeign(*letters.at);
    uint32_t code = letters.next();
    bool makes = becomes(code, foreign);
    sawForeign |= foreign;
    changes |= makes != foreign;
    bytes += makes ? 2 : encodeCharacter(code, nullptr);
  }
  if (!changes)
    return text;
  heap.count(text.bytes / 16);
  auto *start = static_cast<char *>(heap.takeBytes(bytes, 1)), *to = start;
  if (!start || bytes > UINT32_MAX)
    return {"", 0};
  for (Letters letters(text); !letters.atEnd();) {
    bool foreign = isForeign(*letters.at);
    uint32_t code = letters.next();
    if (becomes(code, foreign)) {
      *to++ = char(0xc0 | code >> 6);
      *to++ = char(0x80 | (code & 0x3f));
    } else {
      to += encodeCharacter(code, to);
    }
  }
  return {start, uint32_t(bytes)};
}

Value Rewriter::rewrite(const Value &value, uint32_t depth) {
  heap.count(1);
  if (depth > mostNesting)
    return heap.fail(
        "expected at most 200 lists and mappings within each other, "
        "found more");
  Value copy = value;
  switch (value.kind) {
  case Kind::String:
    return makeString(rewrite(value.text()));
  case Kind::List:
  case tupleKind: {
    auto *values = heap.take<Value>(value.size);
    for (uint32_t i = 0; values && i < value.size && !heap.ended(); ++i)
      values[i] = rewrite(value.values[i], depth + 1);
    copy.kind = Kind::List;
    copy.values = values;
    return copy;
  }
  case Kind::Mapping: {
    auto *members = heap.take<Member>(value.size);
    for (uint32_t i = 0; members && i < value.size && !heap.ended(); ++i) {
      members[i] = value.members[i];
      Text name = rewrite(members[i].name());
      members[i].key = name.at;
      members[i].keyBytes = name.bytes;
      members[i].value = rewrite(members[i].value, depth + 1);
    }
    copy.members = members;
    return copy;
  }
  default:
    if (value.kind > Kind::Mapping)
      return heap.expected("a value that JSON can say", value);
    return copy;
  }
}

} // namespace lfm2rt
