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
                      const char *advice, Text found) {
  if (!ok())
    return syntax.never();
  failed = true;
  if (!error)
    return syntax.never();
  error->status = LFM2RT_INVALID_ARGUMENT;
  error->needed = 0;
  Message message(error->message, sizeof(error->message));
  message << what;
  if (hasLines) {
    Place where = placeOf(text, uint64_t(place - text.at));
    message << ", line " << where.line << ", column " << where.column;
  } else {
    message << ", byte " << uint64_t(place - text.at);
  }
  message << ": expected " << expected << ", found ";
  if (!found.at && place == end) {
    message << "the end";
  } else {
    if (!found.at)
      found = {place, characterAt(place, end).length};
    message << "'";
    // Of what is long the first bytes say enough.
    message.write(found.at, min<size_t>(found.bytes, 60)) << "'";
  }
  message << "; " << advice;
  return syntax.never();
}

uint32_t Scanner::readCharacter() {
  if (at == end) {
    refuse(at, "a character", "end what was begun");
    return 0;
  }
  Character c = characterAt(at, end);
  if (c.codePoint == LFM2_NO_CHARACTER) {
    refuse(at, "UTF-8", "write the text in UTF-8");
    return 0;
  }
  at += c.length;
  return c.codePoint;
}

uint32_t Scanner::readHex(uint32_t count) {
  const char *start = at;
  uint64_t value = 0;
  for (uint32_t i = 0; i < count; ++i) {
    char c = at < end ? *at : 0;
    uint32_t digit = isDigit(c)               ? uint32_t(c - '0')
                     : (c >= 'a' && c <= 'f') ? uint32_t(c - 'a' + 10)
                     : (c >= 'A' && c <= 'F') ? uint32_t(c - 'A' + 10)
                                              : 16;
    if (digit == 16) {
      refuse(at, "a hexadecimal digit", "write as many as the escape takes");
      return 0;
    }
    value = value << 4 | digit;
    ++at;
  }
  if (value > lastCodePoint || value >> 11 == 0xd800 >> 11) {
    refuse(start, "the number of a character",
           "write one up to 10ffff that is no surrogate",
           {start, uint32_t(at - start)});
    return 0;
  }
  return uint32_t(value);
}

uint32_t Scanner::readCount() {
  const char *start = at;
  uint64_t value = 0;
  while (at < end && isDigit(*at) && value <= mostRepeated)
    value = value * 10 + uint64_t(*at++ - '0');
  if (at == start)
    refuse(at, "a number", "say how often, as in {2,5}");
  else if (value > mostRepeated)
    refuse(start, "at most 1000000 times",
           "leave the limit out, or write a smaller one",
           {start, uint32_t(at - start)});
  return uint32_t(value);
}

void Scanner::readBounds(uint32_t &low, uint32_t &high, bool spaced) {
  auto skip = [&] {
    while (spaced && at < end && (*at == ' ' || *at == '\t'))
      ++at;
  };
  const char *start = at;
  skip();
  low = high = readCount();
  skip();
  if (take(',')) {
    skip();
    high = noLimit;
    if (at < end && isDigit(*at))
      high = readCount();
    skip();
  }
  if (!take('}'))
    refuse(at, "'}'", "end the number of times, as in {2,5}");
  else if (low > high)
    refuse(start, "a least number of times that is not above the most",
           "swap the two", {start, uint32_t(at - 1 - start)});
}

} // namespace grammar
} // namespace lfm2rt
