// What one character may be: escapes, properties, sets in brackets.

#include "lib/Model/PatternParser.h"
#include "lib/Model/UnicodeClasses.h"

#include "llvm/ADT/StringExtras.h"

#include <unicode/uchar.h>

using namespace lfm2c;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

Error PatternParser::checkCase(const CodePointSet &set, size_t start) const {
  if (hasLongCase(set))
    return refuse(
        "a character that is several letters where case is ignored is", start);
  return Error::success();
}

// \s \d \w \h and their opposites; `at` is behind the backslash.
std::optional<CodePointSet> PatternParser::parseClassEscape() {
  CodePointSet set;
  switch (peek() | 0x20) {
  case 's':
    set = getWhiteSpace();
    break;
  case 'd':
    set = getCategories(U_GC_ND_MASK);
    break;
  case 'w':
    set = getWordCharacters();
    break;
  case 'h':
    for (const auto &[first, last] :
         {std::pair('0', '9'), {'a', 'f'}, {'A', 'F'}})
      set.add(uint32_t(first), uint32_t(last));
    break;
  default:
    return std::nullopt;
  }
  const bool negated = !(text[at++] & 0x20);
  return negated ? ~set : set;
}

Expected<CodePointSet> PatternParser::parseProperty() {
  const size_t start = at - 1;
  bool negated = text[at++] == 'P';
  if (!take("{"))
    return fail("a property without '{'", start);
  if (take("^"))
    negated = !negated;
  std::string name;
  for (; !atEnd() && peek() != '}'; ++at)
    name += peek() < 128 ? char(peek()) : '?';
  if (!take("}"))
    return fail("a property without '}'", start);
  std::optional<CodePointSet> set = findProperty(name);
  if (!set)
    return refuse("the property " + quoted(name) + " is", start);
  return negated ? ~*set : *set;
}

Expected<uint32_t> PatternParser::parseHex(size_t start, unsigned least,
                                           unsigned most) {
  uint32_t value = 0;
  unsigned digits = 0;
  for (; digits < most && peek() < 128 && llvm::isHexDigit(char(peek()));
       ++digits)
    value = value << 4 | llvm::hexDigitValue(char(text[at++]));
  if (digits < least || value > 0x10ffff || (value >> 11) == 27)
    return fail("an escape without the number of a character", start);
  return value;
}

// A character in another spelling; `at` is behind the backslash.
Expected<uint32_t> PatternParser::parseCharacterEscape() {
  const size_t start = at - 1;
  if (atEnd())
    return fail("a '\\' at the end", start);
  const uint32_t c = text[at++];
  switch (c) {
  case 't':
    return '\t';
  case 'n':
    return '\n';
  case 'r':
    return '\r';
  case 'f':
    return '\f';
  case 'v':
    return '\v';
  case 'a':
    return 7;
  case 'e':
    return 27;
  case 'u':
    return parseHex(start, 4, 4);
  case 'x': {
    if (take("{")) {
      Expected<uint32_t> value = parseHex(start, 1, 8);
      if (value && !take("}"))
        return fail("an escape '\\x{' without '}'", start);
      return value;
    }
    Expected<uint32_t> value = parseHex(start, 1, 2);
    if (value && *value > 127)
      return refuse("a byte above \\x7f, which is no whole character, is",
                    start);
    return value;
  }
  case 'c':
  case 'C':
  case 'M':
    return refuse("a control or meta character, '\\c', '\\C' or '\\M', is",
                  start);
  default:
    if (c >= '0' && c <= '7')
      return refuse("an octal escape is", start);
    return c;
  }
}

// [:name:], behind the "[:".
Expected<CodePointSet> PatternParser::parsePosix() {
  const size_t start = at - 2;
  const bool negated = take("^");
  std::string name;
  for (; !atEnd() && peek() < 128 && llvm::isAlpha(char(peek())); ++at)
    name += char(peek());
  if (!take(":]"))
    return fail("a '[:' without ':]'", start);
  std::optional<CodePointSet> set = findPosixClass(name);
  if (!set)
    return refuse("the POSIX class " + quoted(name) + " is", start);
  return negated ? ~*set : *set;
}

// What stands in a bracket: a character, then also in `single`, or a set.
Expected<CodePointSet>
PatternParser::parseBracketItem(std::optional<uint32_t> &single) {
  if (take("[:"))
    return parsePosix();
  if (take("["))
    return parseBracket();
  if (take("\\")) {
    if (peek() == 'p' || peek() == 'P')
      return parseProperty();
    if (std::optional<CodePointSet> set = parseClassEscape())
      return std::move(*set);
    if (peek() == 'R' || peek() == 'X')
      return refuse("'\\R' or '\\X' in a set is", at - 1);
    if (take("b")) {
      single = 8;
      return CodePointSet(8, 8);
    }
    Expected<uint32_t> character = parseCharacterEscape();
    if (!character)
      return character.takeError();
    single = *character;
  } else {
    single = text[at++];
  }
  return CodePointSet(*single, *single);
}

// Behind the '['. "&&" binds weaker than what stands side by side, and '^' is
// for all of it.
Expected<CodePointSet> PatternParser::parseBracket() {
  const size_t start = at - 1;
  if (depth == maxDepth)
    return refuse("more than " + Twine(maxDepth) + " sets in each other are",
                  start);
  const bool outermost = !inBracket;
  inBracket = true;
  ++depth;
  const bool negated = take("^");
  CodePointSet both(0, 0x10ffff), set;
  const size_t first = at;
  for (;;) {
    if (atEnd())
      return fail("a '[' without ']'", start);
    if (peek() == ']') {
      if (at > first) {
        ++at;
        break;
      }
      if (std::find(text.begin() + ptrdiff_t(at) + 1, text.end(), ']') ==
          text.end())
        return fail("an empty set", start);
    }
    if (take("&&")) {
      both &= set;
      set = CodePointSet();
      continue;
    }
    const size_t where = at;
    std::optional<uint32_t> low;
    Expected<CodePointSet> item = parseBracketItem(low);
    if (!item)
      return item;
    if (peek() != '-' || peek(1) == ']' || at + 1 >= text.size()) {
      set |= *item;
      continue;
    }
    ++at;
    if (!low)
      return fail("a range that begins with a class of characters", where);
    std::optional<uint32_t> high;
    item = parseBracketItem(high);
    if (!item)
      return item;
    if (!high || *high < *low)
      return fail("a range without an end at or above its start", where);
    set.add(*low, *high);
    if (peek() == '-' && peek(1) != ']') { // As it stands.
      set.add('-', '-');
      ++at;
    }
  }
  --depth;
  both &= set;
  if (outermost) {
    inBracket = false;
    if (ignoreCase) {
      if (Error error = checkCase(both, start))
        return std::move(error);
      closeOverCase(both);
    }
  }
  return negated ? ~both : both;
}
