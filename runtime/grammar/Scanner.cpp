#include "runtime/grammar/Scanner.h"
#include "runtime/json/Reader.h"
#include "runtime/src/Message.h"
#include "runtime/tokenizer/Text.h"

namespace lfm2rt {
namespace grammar {

static Character characterAt(const char *at, const char *end) {
  return decodeCharacter(reinterpret_cast<const uint8_t *>(at),
                         reinterpret_cast<const uint8_t *>(end));
}

Node *Scanner::refuse(const char *place, const char *expected,
                      const char *advice) {
  if (ok()) {
    failed = true;
    Failure message(error, LFM2RT_INVALID_ARGUMENT);
    message << what;
    const uint64_t byte = uint64_t(place - text.at);
    if (isRegex) {
      message << ", byte " << byte;
    } else {
      const Place where = placeOf(text, byte);
      message << ", line " << where.line << ", column " << where.column;
    }
    // Of what is long the first bytes say enough.
    char found[64] = "the end";
    if (place < end)
      Message(found, sizeof(found))
          .write("'", 1)
          .write(place, at > place ? min<size_t>(size_t(at - place), 50)
                                   : characterAt(place, end).length)
          .write("'", 1);
    message << ": expected " << expected << ", found "
            << static_cast<const char *>(found) << "; " << advice;
  }
  return syntax.never();
}

uint32_t Scanner::readCharacter() {
  if (at == end) {
    refuse(at, "a character", "end what was begun");
    return 0;
  }
  const Character c = characterAt(at, end);
  if (c.codePoint == LFM2_NO_CHARACTER)
    refuse(at, "UTF-8", "write the text in UTF-8");
  at += c.length;
  return c.codePoint;
}

uint32_t Scanner::readHex(uint32_t count) {
  const char *start = at;
  uint64_t value = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const char c = next(), letter = c | 0x20;
    const bool isLetter = letter >= 'a' && letter <= 'f';
    if (!isDigit(c) && !isLetter) {
      refuse(at, "a hexadecimal digit", "write as many as the escape takes");
      return 0;
    }
    value = value << 4 | uint32_t(isLetter ? letter - 'a' + 10 : c - '0');
    ++at;
  }
  if (value > lastCodePoint || value >> 11 == 0xd800 >> 11) {
    refuse(start, "the number of a character",
           "write one up to 10ffff that is no surrogate");
    return 0;
  }
  return uint32_t(value);
}

uint32_t Scanner::readCount() {
  const char *start = at;
  uint32_t value = 0;
  while (isDigit(next()) && value <= mostRepeated)
    value = value * 10 + uint32_t(*at++ - '0');
  if (at == start)
    refuse(at, "a number", "say how often, as in {2,5}");
  else if (value > mostRepeated)
    refuse(start, "at most 1000000 times",
           "leave the limit out, or write a smaller one");
  return value;
}

// "m}", "m,}" or "m,n}".
void Scanner::readBounds(uint32_t &low, uint32_t &high) {
  const char *start = at;
  skipSpace(false);
  low = high = readCount();
  skipSpace(false);
  if (take(',')) {
    skipSpace(false);
    high = isDigit(next()) ? readCount() : noLimit;
    skipSpace(false);
  }
  if (!take('}'))
    refuse(at, "'}'", "end the number of times, as in {2,5}");
  else if (low > high)
    refuse(start, "a least number of times that is not above the most",
           "swap the two");
}

Node *Scanner::readRepeats(Node *item) {
  while (ok()) {
    skipSpace(nested > 0);
    uint32_t low = 0, high = noLimit;
    if (take('+'))
      low = 1;
    else if (take('?'))
      high = 1;
    else if (next() == '{' && (!isRegex || (end - at > 1 && isDigit(at[1]))))
      ++at, readBounds(low, high);
    else if (!take('*'))
      break;
    if (isRegex) {
      if (next() == '+')
        return refuse(at, "no '+' behind a number of times",
                      "remove it: no text is tried twice here");
      take('?'); // The same texts, in another order.
    }
    item = syntax.repeat(item, low, high);
  }
  return item;
}

Node *Scanner::readChoice(const char *start) {
  if (start && ++nested > mostNested)
    return refuse(start, "at most 100 brackets within each other",
                  "make rules of what stands in them");
  Node *choice = syntax.choice();
  do {
    skipSpace(true);
    syntax.add(choice, readSequence());
  } while (ok() && take('|'));
  if (start) {
    if (!take(')'))
      return refuse(at, "')'", "close the bracket");
    --nested;
  }
  return choice->child && !choice->child->next ? choice->child : choice;
}

Node *Scanner::readSet() {
  const char *start = at++;
  const bool others = take('^');
  auto *ranges = static_cast<Range *>(syntax.arena.take(0, alignof(Range)));
  uint32_t count = 0;
  auto put = [&](uint32_t low, uint32_t high) {
    if (syntax.arena.take(sizeof(Range), alignof(Range)))
      ranges[count++] = {low, high};
  };
  while (ok() && !take(']')) {
    if (at == end) {
      at = start + 1;
      return refuse(start, "a set that ends with ']'", "end it");
    }
    const char *place = at;
    Class known;
    if (takeClass(known)) {
      uint32_t from = 0;
      for (uint32_t i = 0; i < known.count; ++i) {
        const Range &range = known.ranges[i];
        if (known.others)
          put(from, range.low - 1);
        else
          put(range.low, range.high);
        from = range.high + 1;
      }
      if (known.others)
        put(from, lastCodePoint);
      continue;
    }
    uint32_t low = readOfSet(), high = low;
    if (next() == '-' && end - at > 1 && at[1] != ']') {
      ++at;
      if (takeClass(known))
        return refuse(place, "a range from one character to another",
                      "put a '\\' in front of '-'");
      high = readOfSet();
      if (low > high)
        return refuse(place, "a range that rises", "swap its ends");
    }
    put(low, high);
  }
  // One that opens with ']' is empty to some, and to others not.
  if (count == 0)
    return refuse(start, "a set of at least one character",
                  "put characters into it, or write '.' for any");
  return set({ranges, count, others});
}

} // namespace grammar
} // namespace lfm2rt
