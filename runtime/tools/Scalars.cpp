// Strings, numbers and names of values, as Python and JSON spell them.
#include "runtime/json/Numbers.h"
#include "runtime/json/Utf8.h"
#include "runtime/tokenizer/Text.h"
#include "runtime/tools/Calls.h"

namespace lfm2rt {

static bool isQuote(char c) { return c == '\'' || c == '"'; }

uint32_t hexDigit(char c) {
  uint32_t digit = uint32_t(c) - '0', letter = uint32_t(c | 0x20) - 'a';
  return digit <= 9 ? digit : letter <= 5 ? letter + 10 : 16;
}

// Whether a string begins here; with a letter in front, `prefix` is 1.
bool Calls::isString(uint32_t &prefix) {
  char c = peek(), letter = char(c | 0x20);
  prefix = letter == 'r' || letter == 'u';
  if (prefix && !has(2))
    return whole ? false : wait();
  return isQuote(prefix ? source[at + 1] : c);
}

bool Calls::beginString(uint32_t prefix) {
  const char *from = source + at + prefix;
  // Two quotes are an empty string, or the beginning of three.
  if (!whole && !has(prefix + 3) && (!has(prefix + 2) || from[1] == from[0]))
    return wait();
  quote = from[0];
  triple = has(prefix + 3) && from[1] == quote && from[2] == quote;
  raw = prefix && (source[at] | 0x20) == 'r';
  at += prefix + (triple ? 3 : 1);
  if (state != State::BehindString) {
    beginItem();
    out.put("\"");
    ofKey = state == State::Key;
  }
  state = State::Inside;
  return true;
}

bool Calls::readCharacter() {
  if (!has(1))
    return whole ? fail(closingQuote) : wait();
  char c = source[at];
  if (c == quote) {
    bool next = has(2) && source[at + 1] == quote;
    if (triple && !whole && (!has(2) || (next && !has(3))))
      return wait();
    if (!triple || (next && has(3) && source[at + 2] == quote)) {
      at += triple ? 3 : 1;
      state = State::BehindString;
      return highHalf ? fail(bothHalves) : true;
    }
  } else if (c == '\\') {
    return readEscape();
  } else if (c == '\r') {
    // As Python reads its source, a line ends with "\n".
    if (!whole && !has(2))
      return wait();
    at += has(2) && source[at + 1] == '\n';
    ++at;
    return putCharacter('\n');
  }
  if (!whole && lfm2_utf8_whole(source + at, end - at) == 0)
    return wait();
  Character character =
      decodeCharacter(reinterpret_cast<const uint8_t *>(source + at),
                      reinterpret_cast<const uint8_t *>(source + end));
  at += character.length;
  return putCharacter(character.codePoint);
}

bool Calls::readEscape() {
  if (!has(2))
    return whole ? fail(closingQuote) : wait();
  char c = source[at + 1];
  uint32_t count = 0, base = 16, from = 2, value = 0;
  if (raw) {
    ++at;
    // It stays, and so does the quote behind it.
    if (!putCharacter('\\') || (c != quote && c != '\\'))
      return !problem;
    ++at;
    return putCharacter(uint8_t(c));
  }
  static const char names[] = "\\'\"abfnrtv/", meant[] = "\\'\"\a\b\f\n\r\t\v/";
  for (uint32_t i = 0; names[i]; ++i)
    if (c == names[i] && (c != '/' || isJson)) {
      at += 2;
      return putCharacter(uint8_t(meant[i]));
    }
  switch (c) {
  case '\n':
    at += 2;
    return true;
  case '\r':
    // "\n" behind it is skipped, too.
    if (!whole && !has(3))
      return wait();
    at += has(3) && source[at + 2] == '\n' ? 3 : 2;
    return true;
  case 'x':
    count = 2;
    break;
  case 'u':
    count = 4;
    break;
  case 'U':
    count = 8;
    break;
  case 'N':
    return fail("\\u with the number of the character in place of \\N");
  default:
    base = 8;
    from = 1;
    for (; count < 3 && has(from + count + 1) &&
           hexDigit(source[at + from + count]) < 8;)
      ++count;
    if (count == 0) {
      // No escape: it stays.
      ++at;
      return putCharacter('\\');
    }
    if (count < 3 && !whole && !has(from + count + 1))
      return wait();
  }
  if (!whole && !has(from + count))
    return wait();
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t digit = has(from + i + 1) ? hexDigit(source[at + from + i]) : 16;
    if (digit >= base || value > 0x10ffff / 16)
      return fail(
          "\\x with two hex digits, \\u with four, or \\U with eight, up to "
          "0010ffff");
    value = value * base + digit;
  }
  at += from + count;
  return putCharacter(value);
}

bool Calls::putCharacter(uint32_t codePoint) {
  uint32_t half = codePoint & ~uint32_t(0x3ff);
  bool isLow = half == 0xdc00;
  if (isLow != (highHalf != 0))
    return fail(bothHalves);
  if (half == 0xd800) {
    highHalf = codePoint;
    return true;
  }
  if (isLow)
    codePoint = 0x10000 + ((highHalf & 0x3ff) << 10) + (codePoint & 0x3ff);
  highHalf = 0;
  char bytes[4];
  out.putCharacters(
      {bytes, encodeCharacter(
                  codePoint == LFM2_NO_CHARACTER ? 0xfffd : codePoint, bytes)});
  return true;
}

bool Calls::readScalar(Text word) {
  bool isKey = state == State::Key;
  if (isQuote(word.at < source + end ? word.at[word.bytes] : 0))
    return fail("a string without a prefix, or with r or u");
  static const struct {
    Text name;
    const char *json;
  } names[] = {{text("True"), "true"},   {text("true"), "true"},
               {text("False"), "false"}, {text("false"), "false"},
               {text("None"), "null"},   {text("null"), "null"}};
  beginItem();
  if (isKey)
    out.put("\"");
  const char *json = nullptr;
  for (const auto &name : names)
    if (equal(word, name.name))
      json = name.json;
  if (json)
    out.put(json);
  else if (word.bytes == 0 || !readNumber(word))
    return fail(isKey ? "a key, as a string, or '}'" : aValue);
  if (isKey)
    out.put("\"");
  at += word.bytes;
  state = isKey ? State::Colon : State::BehindValue;
  return true;
}

// False where it is none.
bool Calls::readNumber(Text number) {
  const char *next = number.at, *last = next + number.bytes;
  char text[numberBytes];
  bool negative = *next == '-';
  next += negative || *next == '+';
  uint32_t base = 10;
  if (last - next > 2 && *next == '0') {
    char letter = char(next[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  }
  uint64_t value = 0;
  if (base != 10) {
    bool digit = true;
    for (next += 2; next < last; ++next) {
      uint32_t d = hexDigit(*next);
      if (*next == '_' ? !digit : d >= base || value > (UINT64_MAX - d) / base)
        return false;
      digit = *next != '_';
      if (digit)
        value = value * base + d;
    }
    out.put(text, writeInteger(value, negative && value, text));
    return digit;
  }

  enum { Whole, Fraction, Exponent } part = Whole;
  bool digit = false, any = false, zero = true, leading = false;
  const char *first = next;
  for (; next < last; ++next) {
    char c = *next;
    if (c >= '0' && c <= '9') {
      leading |= any && zero && c != '0';
      zero &= c == '0' || part == Exponent;
      digit = any = true;
    } else if (c == '_') {
      if (!digit || next + 1 == last || hexDigit(next[1]) > 9)
        return false;
      digit = false;
    } else if (c == '.' && part == Whole) {
      part = Fraction;
      digit = false;
    } else if ((c | 0x20) == 'e' && part != Exponent && any) {
      part = Exponent;
      digit = any = false;
      if (last - next > 1 && (next[1] == '+' || next[1] == '-'))
        ++next;
    } else {
      return false;
    }
  }
  if (!any)
    return false;
  if (part == Whole) {
    // In as many digits as it has, but without zeros in front.
    if (leading)
      return false;
    if (zero)
      first = last - 1;
    else if (negative)
      out.put("-");
    for (; first < last; ++first)
      if (*first != '_')
        out.put(first, 1);
    return true;
  }
  double nearest = readDouble(number);
  out.put(text, writeDouble(isFinite(nearest) ? nearest : 0, text));
  return isFinite(nearest);
}

} // namespace lfm2rt
