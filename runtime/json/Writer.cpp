#include "runtime/json/Writer.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Reader.h"
#include "runtime/json/Utf8.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace {

struct Level {
  const Value *value;
  uint32_t next;
};

class Writer {
public:
  Writer(const JsonStyle &style, JsonSink sink, void *user)
      : style(style), sink(sink), user(user) {}

  // Not inlined, so that members are addressed from one register.
  __attribute__((noinline)) bool write(const Value *value);

private:
  void put(const char *text, uint64_t bytes) { sink(text, bytes, user); }
  void put(const char *text) { put(text, length(text)); }
  bool writeScalar(const Value &value);
  Spelling spelling() const {
    return style.python        ? Spelling::Python
           : style.ensureAscii ? Spelling::Ascii
                               : Spelling::Utf8;
  }
  void startLine();

  const JsonStyle &style;
  JsonSink sink;
  void *user;
  uint32_t depth = 0;
  Level levels[mostDepth];
};

bool Writer::write(const Value *value) {
  for (;;) {
    if (value->kind >= Kind::List) {
      if (depth == mostDepth)
        return false;
      put(value->kind == Kind::List ? "[" : "{", 1);
      levels[depth++] = {value, 0};
    } else if (!writeScalar(*value)) {
      return false;
    }
    // The next of the deepest level that has one.
    for (;; --depth) {
      if (depth == 0)
        return true;
      const Level &level = levels[depth - 1];
      if (level.next < level.value->size)
        break;
      // Brackets with nothing between them stand side by side.
      bool isList = level.value->kind == Kind::List;
      if (level.next > 0) {
        --depth;
        startLine();
        ++depth;
      }
      put(isList ? "]" : "}", 1);
    }
    Level &level = levels[depth - 1];
    uint32_t number = level.next++;
    if (number > 0)
      put(style.itemSeparator);
    startLine();
    if (level.value->kind == Kind::List) {
      value = &level.value->values[number];
      continue;
    }
    const Member *members = level.value->members;
    const Member &member =
        members[style.sortKeys ? members[number].sorted : number];
    writeString(member.name(), spelling(), sink, user);
    put(style.keySeparator);
    value = &member.value;
  }
}

void Writer::startLine() {
  if (style.indent < 0)
    return;
  put("\n", 1);
  for (uint64_t i = uint64_t(style.indent) * depth; i > 0; --i)
    put(" ", 1);
}

bool Writer::writeScalar(const Value &value) {
  char number[numberBytes];
  uint32_t bytes;
  switch (value.kind) {
  case Kind::Null:
    put(style.python ? "None" : "null");
    return true;
  case Kind::Bool:
    put(value.truth ? (style.python ? "True" : "true")
                    : (style.python ? "False" : "false"));
    return true;
  case Kind::String:
    writeString(value.text(), spelling(), sink, user);
    return true;
  case Kind::Integer:
    bytes = writeInteger(value.integer, number);
    break;
  default:
    if (!isFinite(value.number))
      return false;
    bytes = writeDouble(value.number, number);
  }
  put(number, bytes);
  return true;
}

// What Python does not print as it stands, beyond ASCII: controls, spaces,
// formats, private use and what is no character. Rare ones are left out.
bool isPrintable(uint32_t c) {
  static const uint16_t ranges[][2] = {
      {0x7f, 0xa0},     {0xad, 0xad},     {0x600, 0x605},   {0x61c, 0x61c},
      {0x6dd, 0x6dd},   {0x70f, 0x70f},   {0x890, 0x891},   {0x8e2, 0x8e2},
      {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f}, {0x2028, 0x202f},
      {0x205f, 0x206f}, {0x3000, 0x3000}, {0xd800, 0xf8ff}, {0xfeff, 0xfeff},
      {0xfff0, 0xfffb}, {0xfffe, 0xffff}};
  for (const auto &range : ranges)
    if (c >= range[0] && c <= range[1])
      return false;
  return c < 0xe0000 || (c >= 0xe0100 && c < 0xe01f0);
}

// Writes what stands in place of a character that does not stand for itself.
// Returns the bytes; 0 where it does.
uint32_t escape(uint32_t c, Spelling spelling, char quote, char *to) {
  bool python = spelling == Spelling::Python;
  to[0] = '\\';
  static const char meant[] = "\n\r\t\b\f", names[] = "nrtbf";
  for (uint32_t i = 0; i < (python ? 3 : 5); ++i)
    if (c == uint8_t(meant[i])) {
      to[1] = names[i];
      return 2;
    }
  if (c == uint8_t(quote) || c == '\\') {
    to[1] = char(c);
    return 2;
  }
  if (c >= 0x20 &&
      (python ? isPrintable(c) : c < 0x7f || spelling == Spelling::Utf8))
    return 0;
  if (!python && c >= 0x10000) {
    // As a surrogate pair.
    escape(0xd7c0 + (c >> 10), spelling, quote, to);
    return 6 + escape(0xdc00 | (c & 0x3ff), spelling, quote, to + 6);
  }
  uint32_t digits = c >= 0x10000 ? 8 : c >= 0x100 || !python ? 4 : 2;
  to[1] = digits == 8 ? 'U' : digits == 4 ? 'u' : 'x';
  for (uint32_t i = digits + 2; i-- > 2; c >>= 4)
    to[i] = "0123456789abcdef"[c & 15];
  return digits + 2;
}

} // namespace

void writeCharacters(Text text, Spelling spelling, char quote, JsonSink sink,
                     void *user) {
  const char *at = text.at, *end = at + text.bytes;
  // What is written as it stands goes out in one piece.
  const char *plain = at;
  for (;;) {
    Character character = {0, 0};
    char other[12];
    uint32_t bytes = 0;
    if (at < end) {
      character = decodeCharacter(reinterpret_cast<const uint8_t *>(at),
                                  reinterpret_cast<const uint8_t *>(end));
      bool wrong = character.codePoint == LFM2_NO_CHARACTER;
      bytes =
          escape(wrong ? 0xfffd : character.codePoint, spelling, quote, other);
      if (wrong && bytes == 0)
        bytes = encodeCharacter(0xfffd, other);
    }
    if ((bytes || at == end) && at > plain)
      sink(plain, uint64_t(at - plain), user);
    if (at == end)
      return;
    at += character.length;
    if (bytes) {
      sink(other, bytes, user);
      plain = at;
    }
  }
}

void writeString(Text text, Spelling spelling, JsonSink sink, void *user) {
  char quote = '"';
  if (spelling == Spelling::Python) {
    // Double quotes only where they spare an escape.
    bool single = false, twice = false;
    for (uint32_t i = 0; i < text.bytes; ++i) {
      single |= text.at[i] == '\'';
      twice |= text.at[i] == '"';
    }
    if (!single || twice)
      quote = '\'';
  }
  sink(&quote, 1, user);
  writeCharacters(text, spelling, quote, sink, user);
  sink(&quote, 1, user);
}

bool writeJson(const Value &value, const JsonStyle &style, JsonSink sink,
               void *user) {
  return Writer(style, sink, user).write(&value);
}

} // namespace lfm2rt
