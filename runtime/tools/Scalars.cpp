// Strings, numbers and names of values, as Python and JSON spell them.
#include "runtime/json/Escapes.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Utf8.h"
#include "runtime/tokenizer/Text.h"
#include "runtime/tools/Calls.h"

namespace lfm2rt {

static bool isQuote(char c) { return c == '\'' || c == '"'; }

// Whether a string begins here; with a letter in front, `prefix` is 1.
bool Calls::isString(uint32_t &prefix) {
  char letter = char(look(0) | 0x20);
  prefix = letter == 'r' || letter == 'u';
  return need(1 + prefix) && isQuote(look(prefix));
}

bool Calls::beginString(uint32_t prefix) {
  quote = look(prefix);
  // Two quotes are an empty string, or the beginning of three.
  bool two = look(prefix + 1) == quote;
  if (!need(prefix + 2 + two))
    return false;
  triple = two && look(prefix + 2) == quote;
  raw = prefix && (look(0) | 0x20) == 'r';
  if (state != State::BehindString) {
    ofKey = state == State::Key;
    beginItem();
    plain = depth > 0 && levels[depth - 1].closed == Closed::Object;
    if (!plain)
      out.put("\"");
  }
  at += prefix + (triple ? 3 : 1);
  state = State::Inside;
  return true;
}

bool Calls::readCharacter() {
  if (at == end)
    return whole ? fail(closingQuote) : wait();
  char c = look(0);
  if (c == quote) {
    bool closes = !triple;
    if (triple) {
      bool two = look(1) == quote;
      if (!need(2 + two))
        return false;
      closes = two && look(2) == quote;
    }
    if (closes) {
      at += triple ? 3 : 1;
      state = State::BehindString;
      return highHalf ? fail(bothHalves) : true;
    }
  }
  if (c == '\\')
    return readEscape();
  if (c == '\r') {
    // As Python reads its source, a line ends with "\n".
    if (!need(2))
      return false;
    at += 1 + (look(1) == '\n');
    return putCharacter('\n');
  }
  if (!whole && lfm2_utf8_whole(source + at, end - at) == 0)
    return wait();
  Character character =
      decodeCharacter(reinterpret_cast<const uint8_t *>(source + at),
                      reinterpret_cast<const uint8_t *>(source + end));
  at += character.length;
  return putCharacter(
      character.codePoint == LFM2_NO_CHARACTER ? 0xfffd : character.codePoint);
}

bool Calls::readEscape() {
  // Any other string goes on for so long, but for the last of a text.
  if (!need(3))
    return false;
  char c = look(1);
  if (raw) {
    // It stays, and what it is in front of closes nothing.
    bool pair = c == quote || c == '\\';
    at += 1 + pair;
    return putCharacter('\\') && (!pair || putCharacter(uint8_t(c)));
  }
  if (c == '\n' || c == '\r') {
    at += 2 + (c == '\r' && look(2) == '\n');
    return true;
  }
  // The longest, unless a string ends.
  if (!need(c == 'U' ? 10 : c == 'u' ? 6 : 4))
    return false;
  uint32_t codePoint;
  uint32_t bytes =
      lfm2rt::readEscape({source + at, end - at},
                         isJson ? Escapes::Both : Escapes::Python, codePoint);
  if (bytes == 0)
    return fail("\\x with two hex digits, \\u with four, or \\U with eight, up "
                "to 0010ffff");
  at += bytes;
  return putCharacter(bytes == 1 ? '\\' : codePoint);
}

bool Calls::putCharacter(uint32_t codePoint) {
  // The second half of a pair comes behind the first, and nowhere else.
  bool isHigh = codePoint >> 10 == 0xd800 >> 10;
  if (highHalf ? !joinPair(highHalf, codePoint)
               : codePoint >> 10 == 0xdc00 >> 10)
    return fail(bothHalves);
  if (highHalf)
    codePoint = highHalf;
  highHalf = isHigh ? codePoint : 0;
  if (isHigh)
    return true;
  char bytes[4];
  Text text = {bytes, encodeCharacter(codePoint, bytes)};
  if (plain)
    out.put(bytes, text.bytes);
  else
    out.putCharacters(text);
  return true;
}

bool Calls::readScalar() {
  Text word;
  if (!readWord(word))
    return false;
  bool isKey = state == State::Key;
  if (isQuote(look(word.bytes)))
    return fail("a string without a prefix, or with r or u");
  beginItem();
  if (isKey)
    out.put("\"");
  // Python's names have a capital.
  static const char names[][6] = {"none", "null", "true", "false"};
  const char *json = nullptr;
  for (uint32_t i = 0; i < 4; ++i)
    if (word.bytes == length(names[i]) && (word.at[0] | 0x20) == names[i][0] &&
        memcmp(word.at + 1, names[i] + 1, word.bytes - 1) == 0)
      json = names[i ? i : 1];
  if (json)
    out.put(json);
  else if (!readNumber(word))
    return fail(isKey ? "a key, as a string, or '}'" : aValue);
  if (isKey)
    out.put("\"");
  at += word.bytes;
  state = isKey ? State::Colon : State::BehindValue;
  return true;
}

// False where it is none.
bool Calls::readNumber(Text word) {
  char digits[mostWord + numberBytes];
  Text number = {digits, 0};
  bool negative = look(0) == '-';
  for (uint32_t i = negative || look(0) == '+'; i < word.bytes; ++i) {
    char c = word.at[i];
    if (c != '_')
      digits[number.bytes++] = c;
    else if ((number.bytes != 2 && hexDigit(look(i - 1)) > 15) ||
             hexDigit(look(i + 1)) > 15)
      return false;
  }
  if (number.bytes > 2 && digits[0] == '0') {
    char letter = char(digits[1] | 0x20);
    uint32_t base = letter == 'x'   ? 16
                    : letter == 'o' ? 8
                    : letter == 'b' ? 2
                                    : 0;
    uint64_t value = 0;
    for (uint32_t i = 2; base && i < number.bytes; ++i) {
      uint32_t digit = hexDigit(digits[i]);
      if (digit >= base || __builtin_mul_overflow(value, base, &value))
        return false;
      value += digit;
    }
    if (base)
      number.bytes = writeInteger(value, false, digits);
  }
  NumberForm form;
  if (scanNumber(number, false, form) < number.bytes ||
      form == NumberForm::None)
    return false;
  if (form == NumberForm::Whole) {
    // In as many digits as it has. Only 0 has zeros in front.
    for (; number.bytes > 1 && number.at[0] == '0'; --number.bytes)
      if (*++number.at != '0')
        return false;
    negative &= number.at[0] != '0';
  } else {
    double nearest = readDouble(number);
    if (!isFinite(nearest))
      return false;
    number.bytes = writeDouble(nearest, digits);
  }
  if (negative)
    out.put("-");
  out.put(number.at, number.bytes);
  return true;
}

} // namespace lfm2rt
