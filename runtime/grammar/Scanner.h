// What the readers of grammars and of regular expressions share: a place in a
// text, how they say what is wrong there, and sets, groups and repetitions.
#ifndef LFM2RT_GRAMMAR_SCANNER_H
#define LFM2RT_GRAMMAR_SCANNER_H

#include "runtime/grammar/Syntax.h"
#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {
namespace grammar {

constexpr uint32_t mostNested = 100;       // Brackets within each other.
constexpr uint32_t mostRepeated = 1000000; // Of a count that is written.

inline bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Characters that a letter stands for: \d \w \s, or all others.
struct Class {
  const Range *ranges = nullptr;
  uint32_t count = 0;
  bool others = false;
};

class Scanner {
public:
  // `what` the text is, as "grammar", stands in front of messages; those of
  // grammars have lines and columns, those of expressions the number of the
  // byte.
  // (Inlined, it leaves no table of functions that are none, for which programs
  // without a C++ library have nothing.)
  __attribute__((always_inline)) Scanner(Syntax &syntax, Text text,
                                         const char *what, bool isRegex,
                                         bool isEscaped, lfm2rt_error *error)
      : syntax(syntax), text(text), what(what), isRegex(isRegex),
        isEscaped(isEscaped), error(error), at(text.at),
        end(text.at + text.bytes) {}

protected:
  Syntax &syntax;
  Text text;
  const char *what;
  bool isRegex, isEscaped; // Sets are as JSON writes their characters.
  lfm2rt_error *error;
  const char *at, *end;
  bool failed = false;
  uint32_t nested = 0;

  bool ok() const { return !failed && !syntax.overflowed(); }
  char next() const { return at < end ? *at : '\0'; }
  bool take(char c) {
    if (at == end || *at != c)
      return false;
    ++at;
    return true;
  }

  // Refuses what stands from `place` to `at`, or the character there. Returns a
  // node that is nothing.
  Node *refuse(const char *place, const char *expected, const char *advice);

  // A code point; of a text that is no UTF-8 it refuses the byte.
  uint32_t readCharacter();
  // So many hexadecimal digits.
  uint32_t readHex(uint32_t count);
  // A set in square brackets, whose characters and escapes are the derived
  // reader's.
  Node *readSet();
  // What follows an item says how often it is repeated.
  Node *readRepeats(Node *item);
  // A choice of sequences, in round brackets if `start` is not nullptr.
  Node *readChoice(const char *start);
  Node *set(Class known) {
    return syntax.set(known.ranges, known.count, known.others, isEscaped);
  }

  // White space and comments, where the text has such; behind the end of a
  // line, too, if `lines` is set.
  virtual void skipSpace(bool lines) = 0;
  virtual Node *readSequence() = 0;
  // What follows a '\'.
  virtual uint32_t readEscape() = 0;
  // Characters by a letter behind a '\'.
  virtual bool takeClass(Class &out) = 0;
  ~Scanner() = default;

private:
  uint32_t readOfSet() {
    return next() == '\\' ? readEscape() : readCharacter();
  }
  uint32_t readCount();
  void readBounds(uint32_t &low, uint32_t &high);
};

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_SCANNER_H
