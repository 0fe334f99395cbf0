// What the readers of grammars and of regular expressions share: a place in a
// text, and how they say what is wrong there.
#ifndef LFM2RT_GRAMMAR_SCANNER_H
#define LFM2RT_GRAMMAR_SCANNER_H

#include "runtime/grammar/Syntax.h"
#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {
namespace grammar {

constexpr uint32_t mostNested = 100;       // Brackets within each other.
constexpr uint32_t mostRepeated = 1000000; // Of a count that is written.

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }

class Scanner {
public:
  Syntax &syntax;
  Text text;
  // What `text` is, as "grammar", in front of messages; and whether these name
  // lines and columns, or the number of the byte.
  const char *what;
  bool hasLines;
  lfm2rt_error *error;
  const char *at, *end;
  bool failed = false;

  Scanner(Syntax &syntax, Text text, const char *what, bool hasLines,
          lfm2rt_error *error)
      : syntax(syntax), text(text), what(what), hasLines(hasLines),
        error(error), at(text.at), end(text.at + text.bytes) {}

  bool ok() const { return !failed && !syntax.overflowed(); }
  bool isAt(char c) const { return at < end && *at == c; }
  bool take(char c) {
    if (!isAt(c))
      return false;
    ++at;
    return true;
  }

  // Refuses what stands at `place`: names it as `found`, or by its first
  // character. Returns a node that is nothing.
  Node *refuse(const char *place, const char *expected, const char *advice,
               Text found = {nullptr, 0});

  // A code point; of a text that is no UTF-8 it refuses the byte.
  uint32_t readCharacter();
  // So many hexadecimal digits.
  uint32_t readHex(uint32_t count);
  // A count in decimal digits.
  uint32_t readCount();
  // What `{` opens: "m}", "m,}" or "m,n}", white space in between skipped where
  // `spaced` is set.
  void readBounds(uint32_t &low, uint32_t &high, bool spaced);
};

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_SCANNER_H
