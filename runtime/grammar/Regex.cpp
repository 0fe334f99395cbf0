#include "runtime/grammar/Regex.h"
#include "runtime/grammar/Scanner.h"

namespace lfm2rt {
namespace grammar {

namespace {

const Range digits[] = {{'0', '9'}};
const Range wordCharacters[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const Range spaces[] = {{'\t', '\r'}, {' ', ' '}};
const Range lineEnds[] = {{'\n', '\n'}, {'\r', '\r'}};

class RegexReader final : Scanner {
public:
  RegexReader(Syntax &syntax, Text text, const RegexForm &form,
              lfm2rt_error *error)
      : Scanner(syntax, text, form.what, true, form.escaped, error),
        isAnywhere(form.anywhere) {}

  Node *read() {
    Node *choice = readChoice(nullptr);
    if (at < end)
      refuse(at, "the end",
             "put a '\\' in front of a bracket that is meant "
             "as a character");
    return ok() ? choice : nullptr;
  }

private:
  bool isAnywhere;

  void skipSpace(bool) override {}

  Node *anything() {
    return syntax.repeat(set({nullptr, 0, true}), 0, noLimit);
  }

  // What stands between two '|'. Within no bracket, it is open where nothing
  // says that the text starts or ends there.
  Node *readSequence() override {
    Node *sequence = syntax.sequence();
    const bool outer = nested == 0;
    if (!(outer && take('^')) && outer && isAnywhere)
      syntax.add(sequence, anything());
    bool isOpen = outer && isAnywhere;
    while (ok() && at < end && *at != '|' && *at != ')') {
      if (outer && *at == '$' && (at + 1 == end || at[1] == '|')) {
        ++at;
        isOpen = false;
        break;
      }
      syntax.add(sequence, readRepeats(readItem()));
    }
    if (isOpen)
      syntax.add(sequence, anything());
    return sequence;
  }

  Node *readItem() {
    const char *start = at;
    Class known;
    switch (*at) {
    case '(':
      ++at;
      if (take('?') && !take(':')) {
        take('P');
        const bool isName = take('<') && next() != '=' && next() != '!';
        while (isName && at < end && *at != '>')
          ++at;
        if (!isName || !take('>'))
          return refuse(start, "a group, as (...), (?:...) or (?<name>...)",
                        "write what it means without looking ahead or back");
      }
      return readChoice(start);
    case '[':
      return readSet();
    case '.':
      ++at;
      return set({lineEnds, 2, true});
    case '\\':
      if (takeClass(known))
        return set(known);
      break;
    case '^':
    case '$':
      return refuse(start, "'^' at the start and '$' at the end alone",
                    "move it there, or put a '\\' in front of the character");
    case '*':
    case '+':
    case '?':
      return refuse(start, "something that is repeated",
                    "put in front of it what is to be repeated, or a '\\'");
    default:
      break;
    }
    Range one;
    one.low = one.high = *at == '\\' ? readEscape() : readCharacter();
    return set({&one, 1, false});
  }

  bool takeClass(Class &out) override {
    if (end - at < 2 || *at != '\\')
      return false;
    const char letter = at[1] | 0x20;
    if (letter == 'd')
      out = {digits, 1, false};
    else if (letter == 'w')
      out = {wordCharacters, 4, false};
    else if (letter == 's')
      out = {spaces, 2, false};
    else
      return false;
    out.others = !(at[1] & 0x20);
    at += 2;
    return true;
  }

  uint32_t readEscape() override {
    static const char letters[] = "nrtfv", meant[] = "\n\r\t\f\v";
    const char *start = at++;
    const char c = next();
    at += at < end;
    for (int i = 0; letters[i]; ++i)
      if (c == letters[i])
        return uint8_t(meant[i]);
    if (c == '0' && !isDigit(next()))
      return 0;
    if (c == 'x')
      return readHex(2);
    if (c == 'u') {
      if (!take('{'))
        return readHex(4);
      uint32_t count = 0;
      while (end - at > count && at[count] != '}' && count < 6)
        ++count;
      const uint32_t character = readHex(max(count, 1u));
      if (!take('}'))
        refuse(at, "'}'", "end the number of the character");
      return character;
    }
    // A letter or a digit may mean something here that it does not elsewhere.
    if (c && !isDigit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z')) {
      --at;
      return readCharacter();
    }
    refuse(start, "an escape that is known",
           "write the characters that are meant: there are \\d \\w \\s \\n "
           "\\r \\t \\f \\v \\0 \\xXX \\uXXXX and a '\\' in front of signs");
    return 0;
  }
};

} // namespace

Node *readRegex(Syntax &syntax, Text text, const RegexForm &form,
                lfm2rt_error *error) {
  return RegexReader(syntax, text, form, error).read();
}

} // namespace grammar
} // namespace lfm2rt
