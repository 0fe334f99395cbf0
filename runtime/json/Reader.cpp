// Values that wait for the end of their list or mapping are members on the
// arena's stack; when it ends, they move to its front. So the reader needs no
// recursion, and what is in the tree stands side by side.
#include "runtime/json/Reader.h"
#include "runtime/json/Escapes.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Utf8.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace {

struct Level {
  uint32_t count;
  bool isMapping;
};

class Reader {
public:
  Reader(Arena &arena, Text text, JsonError &error)
      : arena(arena), error(error), start(text.at), at(text.at),
        end(text.at + text.bytes) {}

  // Not inlined, so that members are addressed from one register.
  __attribute__((noinline)) const Value *read();

private:
  const Value *finish();
  bool readKey(Member &member);
  bool readScalar(Value &value);
  bool readNumber(Value &value);
  bool readString(Text &text);
  bool readStringTo(char *to, uint32_t &bytes);
  bool readEscaped(uint32_t &codePoint);
  uint32_t escapeAt(const char *place, uint32_t &codePoint) const {
    return readEscape({place, uint32_t(end - place)}, Escapes::Json, codePoint);
  }
  bool readWord(const char *word);
  void push(const Member &member);
  void close();

  bool fail(const char *expected) {
    error = {uint64_t(at - start), expected};
    return false;
  }
  // The next byte; 0 at the end, which no part of JSON has outside of a string.
  char peek(uint32_t ahead = 0) const {
    return uint64_t(end - at) > ahead ? at[ahead] : char(0);
  }
  bool take(char c) {
    if (peek() != c)
      return false;
    ++at;
    return true;
  }
  void skipSpace() {
    while (take(' ') || take('\n') || take('\r') || take('\t'))
      ;
  }

  Arena &arena;
  JsonError &error;
  const char *start, *at, *end;
  uint32_t depth = 0;
  Level levels[mostDepth];
};

const Value *Reader::read() {
  for (;;) {
    Member member{};
    skipSpace();
    if (depth && levels[depth - 1].isMapping && !readKey(member))
      return nullptr;
    bool isMapping = peek() == '{', opened = isMapping || peek() == '[';
    if (opened) {
      if (depth == mostDepth) {
        fail("at most 128 lists and mappings within each other");
        return nullptr;
      }
      ++at;
      levels[depth++] = {0, isMapping};
    } else if (!readScalar(member.value)) {
      return nullptr;
    }
    push(member);
    // Behind a value, or a bracket that was just opened.
    for (;; opened = false) {
      if (!opened && depth)
        ++levels[depth - 1].count;
      skipSpace();
      if (!depth)
        return finish();
      isMapping = levels[depth - 1].isMapping;
      if (take(isMapping ? '}' : ']')) {
        close();
        continue;
      }
      if (opened || take(','))
        break;
      fail(isMapping ? "',' or '}'" : "',' or ']'");
      return nullptr;
    }
  }
}

const Value *Reader::finish() {
  if (at < end) {
    fail("the end of the text");
    return nullptr;
  }
  auto *value = static_cast<Value *>(arena.take(sizeof(Value)));
  if (arena.overflowed())
    return nullptr;
  *value = static_cast<Member *>(arena.top())->value;
  arena.pop(sizeof(Member));
  return value;
}

void Reader::push(const Member &member) {
  if (void *to = arena.push(sizeof(Member)))
    *static_cast<Member *>(to) = member;
}

// Makes the list or mapping of the deepest level.
void Reader::close() {
  Level level = levels[--depth];
  uint64_t each = level.isMapping ? sizeof(Member) : sizeof(Value);
  void *to = arena.take(level.count * each);
  if (!arena.overflowed()) {
    auto *waiting = static_cast<Member *>(arena.top());
    auto *members = static_cast<Member *>(to);
    auto *values = static_cast<Value *>(to);
    Value &whole = waiting[level.count].value;
    // What was pushed first is last.
    for (uint32_t i = 0; i < level.count; ++i) {
      const Member &member = waiting[level.count - 1 - i];
      if (level.isMapping)
        members[i] = member;
      else
        values[i] = member.value;
    }
    whole = level.isMapping ? makeMapping(members, level.count)
                            : makeList(values, level.count);
  }
  arena.pop(level.count * sizeof(Member));
}

bool Reader::readKey(Member &member) {
  if (peek() != '"')
    return fail("the name of a member, in double quotes");
  Text name;
  if (!readString(name))
    return false;
  member.key = name.at;
  member.keyBytes = name.bytes;
  skipSpace();
  if (!take(':'))
    return fail("':' behind the name of a member");
  skipSpace();
  return true;
}

bool Reader::readScalar(Value &value) {
  char c = peek();
  if (c == '"') {
    Text text;
    bool good = readString(text);
    value = makeString(text);
    return good;
  }
  if (c == '-' || (c >= '0' && c <= '9'))
    return readNumber(value);
  if (readWord("null"))
    return true;
  if (readWord("true")) {
    value = makeBool(true);
    return true;
  }
  value = makeBool(false);
  return readWord("false") || fail("a value: a string, a number, a list, a "
                                   "mapping, true, false or null");
}

bool Reader::readWord(const char *word) {
  size_t bytes = length(word);
  if (size_t(end - at) < bytes || memcmp(at, word, bytes) != 0)
    return false;
  at += bytes;
  return true;
}

bool Reader::readNumber(Value &value) {
  bool negative = peek() == '-';
  Text digits = {at + negative, uint32_t(end - at) - negative};
  NumberForm form;
  digits.bytes = scanNumber(digits, true, form);
  if (form == NumberForm::None ||
      (digits.at[0] == '0' && digits.bytes > 1 && hexDigit(digits.at[1]) <= 9))
    return fail("a number as JSON has them, such as 12, -0.5 or 1e+3");
  Text number = {at, digits.bytes + negative};
  int64_t sum = 0;
  bool fits = form == NumberForm::Whole;
  for (uint32_t i = 0; fits && i < digits.bytes; ++i) {
    int64_t digit = digits.at[i] - '0';
    fits = !__builtin_mul_overflow(sum, 10, &sum) &&
           !__builtin_sub_overflow(sum, digit, &sum);
  }
  // Below zero there is one more.
  fits = fits && (negative || !__builtin_sub_overflow(0, sum, &sum));
  value = fits ? makeInteger(sum) : makeNumber(readDouble(number));
  if (!fits && !isFinite(value.number))
    return fail("a number up to 1.7976931348623157e+308");
  at += number.bytes;
  return true;
}

// From the first quote to behind the last.
bool Reader::readString(Text &text) {
  ++at;
  const char *first = at;
  uint32_t bytes = 0;
  if (!readStringTo(nullptr, bytes))
    return false;
  auto written = uint32_t(at - first);
  text = {first, bytes};
  if (bytes != written) {
    auto *to = static_cast<char *>(arena.take(bytes, 1));
    if (to) {
      at = first;
      bytes = 0;
      readStringTo(to, bytes);
    }
    text.at = to;
  }
  ++at;
  return true;
}

// Up to the last quote. Where `to` is nullptr, only counts the bytes.
bool Reader::readStringTo(char *to, uint32_t &bytes) {
  for (;;) {
    if (at == end)
      return fail("a double quote at the end of the string");
    auto c = uint8_t(*at);
    if (c == '"')
      return true;
    if (c < 0x20)
      return fail("no control character in a string, but an escape as \\n");
    uint32_t codePoint;
    if (c == '\\') {
      if (!readEscaped(codePoint))
        return false;
    } else {
      Character character =
          decodeCharacter(reinterpret_cast<const uint8_t *>(at),
                          reinterpret_cast<const uint8_t *>(end));
      codePoint = character.codePoint;
      if (codePoint == LFM2_NO_CHARACTER)
        return fail("UTF-8");
      at += character.length;
    }
    bytes += encodeCharacter(codePoint, to ? to + bytes : nullptr);
  }
}

// Reads a character that is escaped, in one or in both halves of a pair.
bool Reader::readEscaped(uint32_t &codePoint) {
  uint32_t low = 0;
  uint32_t bytes = escapeAt(at, codePoint);
  if (bytes < 2)
    return fail("an escape: \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four "
                "hex digits");
  if (codePoint >> 11 == 0xd800 >> 11) {
    if (codePoint < 0xdc00 && peek(bytes) == '\\')
      bytes += escapeAt(at + bytes, low);
    if (!joinPair(codePoint, low))
      return fail("both halves of a surrogate pair, as in \\ud83d\\ude00");
  }
  at += bytes;
  return true;
}

} // namespace

const Value *readJson(Arena &arena, Text text, JsonError &error) {
  error = {};
  return Reader(arena, text, error).read();
}

Place placeOf(Text text, uint64_t at) {
  Place place = {1, 1};
  for (uint64_t i = 0; i < at && i < text.bytes; ++i) {
    if (text.at[i] == '\n')
      place = {place.line + 1, 1};
    else
      place.column += (text.at[i] & 0xc0) != 0x80;
  }
  return place;
}

} // namespace lfm2rt
