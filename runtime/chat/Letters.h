// Characters of strings, of which some are *foreign*: written by users or
// tools.
//
// A foreign ASCII character is written in two bytes, C0 80 to C1 BF, which no
// UTF-8 has. Whatever a template does with strings, by characters, the foreign
// ones stay so, and no control token can be made of them. Everything that
// compares or counts sees the character alone.
#ifndef LFM2RT_CHAT_LETTERS_H
#define LFM2RT_CHAT_LETTERS_H

#include "runtime/json/Value.h"

namespace lfm2rt {

struct Letter {
  uint32_t code, bytes;
};

inline bool isForeign(char first) { return (uint8_t(first) & 0xfe) == 0xc0; }

// The letter at `at`, before `end`; what is no UTF-8 is some letter.
inline Letter letterAt(const char *at, const char *end) {
  uint32_t first = uint8_t(*at);
  uint32_t bytes = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (uint64_t(end - at) < bytes)
    return {0xfffd, 1};
  uint32_t code = bytes == 1 ? first : first & (0x7fu >> bytes);
  for (uint32_t i = 1; i < bytes; ++i)
    code = code << 6 | (uint8_t(at[i]) & 0x3f);
  return {code, bytes};
}

// Goes through a text letter by letter.
class Letters {
public:
  explicit Letters(Text text) : at(text.at), end(text.at + text.bytes) {}
  bool atEnd() const { return at == end; }
  // What is next.
  Letter peek() const { return letterAt(at, end); }
  uint32_t next() {
    Letter letter = peek();
    at += letter.bytes;
    return letter.code;
  }
  Text rest() const { return {at, uint32_t(end - at)}; }

  const char *at;

private:
  const char *end;
};

// Of the text's start: whether it is `what`, and how many bytes it then has.
bool startsWith(Text text, Text what, uint32_t &bytes);
// By letters, as strings are compared in Python.
int compareLetters(Text a, Text b);
inline bool sameLetters(Text a, Text b) { return compareLetters(a, b) == 0; }
uint32_t countLetters(Text text);
// Python's str.isspace().
bool isSpace(uint32_t code);

// The member of that name, in letters.
const Value *findMember(const Value &mapping, Text name);

} // namespace lfm2rt

#endif // LFM2RT_CHAT_LETTERS_H
