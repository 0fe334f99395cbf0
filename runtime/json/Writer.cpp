#include "runtime/json/Writer.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Reader.h"
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

  bool write(const Value *value);

private:
  void put(const char *text, uint64_t bytes) { sink(text, bytes, user); }
  void put(const char *text) { put(text, length(text)); }
  bool writeScalar(const Value &value);
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
    writeJsonString(member.name(), style.ensureAscii, sink, user);
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
  switch (value.kind) {
  case Kind::Null:
    put("null");
    return true;
  case Kind::Bool:
    put(value.truth ? "true" : "false");
    return true;
  case Kind::Integer:
    put(number, writeInteger(value.integer, number));
    return true;
  case Kind::Number:
    if (!isFinite(value.number))
      return false;
    put(number, writeDouble(value.number, number));
    return true;
  default:
    writeJsonString(value.text(), style.ensureAscii, sink, user);
    return true;
  }
}

// "\u" with four hex digits.
void writeUnit(uint32_t unit, JsonSink sink, void *user) {
  char escape[6] = {'\\', 'u'};
  for (uint32_t i = 6; i-- > 2; unit >>= 4)
    escape[i] = "0123456789abcdef"[unit & 15];
  sink(escape, sizeof(escape), user);
}

} // namespace

void writeJsonString(Text text, bool ensureAscii, JsonSink sink, void *user) {
  sink("\"", 1, user);
  writeJsonCharacters(text, ensureAscii, sink, user);
  sink("\"", 1, user);
}

void writeJsonCharacters(Text text, bool ensureAscii, JsonSink sink,
                         void *user) {
  const char *at = text.at, *end = at + text.bytes;
  // What is written as it stands goes out in one piece.
  const char *plain = at;
  while (at < end) {
    Character character =
        decodeCharacter(reinterpret_cast<const uint8_t *>(at),
                        reinterpret_cast<const uint8_t *>(end));
    uint32_t c = character.codePoint;
    bool wrong = c == LFM2_NO_CHARACTER;
    if (c >= 0x20 && c != '"' && c != '\\' && !wrong &&
        (c < 0x7f || !ensureAscii)) {
      at += character.length;
      continue;
    }
    if (at > plain)
      sink(plain, uint64_t(at - plain), user);
    at += character.length;
    plain = at;
    char escape[2] = {'\\', 0};
    static const char meant[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    for (uint32_t i = 0; meant[i]; ++i)
      if (c == uint8_t(meant[i]))
        escape[1] = names[i];
    if (wrong && !ensureAscii) {
      sink("\xef\xbf\xbd", 3, user);
      continue;
    }
    if (escape[1]) {
      sink(escape, 2, user);
      continue;
    }
    if (wrong)
      c = 0xfffd;
    if (c >= 0x10000) {
      writeUnit(0xd7c0 + (c >> 10), sink, user);
      c = 0xdc00 | (c & 0x3ff);
    }
    writeUnit(c, sink, user);
  }
  if (at > plain)
    sink(plain, uint64_t(at - plain), user);
}

bool writeJson(const Value &value, const JsonStyle &style, JsonSink sink,
               void *user) {
  return Writer(style, sink, user).write(&value);
}

} // namespace lfm2rt
