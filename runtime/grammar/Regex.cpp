#include "runtime/grammar/Regex.h"
#include "runtime/grammar/Scanner.h"

namespace lfm2rt {
namespace grammar {

namespace {

const Range digits[] = {{'0', '9'}};
const Range wordCharacters[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
const Range spaces[] = {{'\t', '\r'}, {' ', ' '}};
const Range lineEnds[] = {{'\n', '\n'}, {'\r', '\r'}};

class RegexReader : Scanner {
public:
  RegexReader(Syntax &syntax, Text text, const RegexForm &form,
              lfm2rt_error *error)
      : Scanner(syntax, text, form.what, false, error), form(form) {}

  Node *read() {
    Node *choice = syntax.choice();
    do
      syntax.add(choice, readAlternative(true));
    while (ok() && take('|'));
    if (ok() && at < end)
      refuse(at, "the end",
             "put a '\\' in front of a bracket that is meant "
             "as a character");
    return ok() ? choice : nullptr;
  }

private:
  const RegexForm &form;
  uint32_t nested = 0;

  Node *set(const Range *ranges, uint32_t count, bool allOthers = false) {
    return syntax.set(ranges, count, allOthers, form.escaped);
  }
  Node *anything() { return syntax.repeat(set(nullptr, 0, true), 0, noLimit); }

  // What stands between two '|'. `outer`: within no bracket.
  Node *readAlternative(bool outer) {
    Node *sequence = syntax.sequence();
    bool open = form.anywhere && outer;
    if (outer && take('^'))
      open = false;
    if (open)
      syntax.add(sequence, anything());
    open = form.anywhere && outer;
    while (ok() && at < end && *at != '|' && *at != ')') {
      if (outer && *at == '$' && (at + 1 == end || at[1] == '|')) {
        ++at;
        open = false;
        break;
      }
      Node *item = readItem();
      syntax.add(sequence, readRepeats(item));
    }
    if (open)
      syntax.add(sequence, anything());
    return sequence;
  }

  Node *readRepeats(Node *item) {
    while (ok() && at < end) {
      uint32_t low = 0, high = noLimit;
      if (take('+'))
        low = 1;
      else if (take('?'))
        high = 1;
      else if (*at == '{' && end - at > 1 && isDigit(at[1]))
        ++at, readBounds(low, high, false);
      else if (!take('*'))
        break;
      if (isAt('+'))
        return refuse(at, "no '+' behind a number of times",
                      "remove it: no text is tried twice here");
      take('?'); // The same texts, in another order.
      item = syntax.repeat(item, low, high);
    }
    return item;
  }

  // Calls itself for what stands in brackets.
  Node *readItem() {
    const char *start = at;
    switch (*at) {
    case '(':
      return readGroup();
    case '[':
      return readSet();
    case '.':
      ++at;
      return set(lineEnds, 2, true);
    case '\\': {
      Range one;
      const char *before = at;
      if (Node *known = readClass())
        return known;
      at = before;
      one.low = one.high = readEscape();
      return set(&one, 1);
    }
    case '^':
    case '$':
      return refuse(start, "'^' at the start and '$' at the end alone",
                    "move it there, or put a '\\' in front of the character");
    case '*':
    case '+':
    case '?':
      return refuse(start, "something that is repeated",
                    "put in front of it what is to be repeated, or a '\\'");
    }
    Range one;
    one.low = one.high = readCharacter();
    return set(&one, 1);
  }

  Node *readGroup() {
    const char *start = at++;
    if (++nested > mostNested)
      return refuse(start, "at most 100 brackets within each other",
                    "write a grammar instead");
    if (take('?') && !take(':')) {
      take('P');
      const bool isName = take('<') && at < end && *at != '=' && *at != '!';
      while (isName && at < end && *at != '>')
        ++at;
      if (!isName || !take('>'))
        return refuse(start, "a group, as (...), (?:...) or (?<name>...)",
                      "write what it means without looking ahead or back");
    }
    Node *choice = syntax.choice();
    do
      syntax.add(choice, readAlternative(false));
    while (ok() && take('|'));
    if (ok() && !take(')'))
      return refuse(at, "')'", "close the bracket");
    --nested;
    return choice;
  }

  struct Class {
    const Range *ranges = nullptr;
    uint32_t count = 0;
    bool others = false;
  };
  // \d \w \s and what is none of them.
  bool takeClass(Class &out) {
    if (end - at < 2 || *at != '\\')
      return false;
    switch (at[1] | 0x20) {
    case 'd':
      out = {digits, 1};
      break;
    case 'w':
      out = {wordCharacters, 4};
      break;
    case 's':
      out = {spaces, 2};
      break;
    default:
      return false;
    }
    out.others = !(at[1] & 0x20);
    at += 2;
    return true;
  }
  Node *readClass() {
    Class known;
    return takeClass(known) ? set(known.ranges, known.count, known.others)
                            : nullptr;
  }

  uint32_t readEscape() {
    const char *start = at++;
    const char c = at < end ? *at++ : 0;
    switch (c) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'f':
      return '\f';
    case 'v':
      return '\v';
    case '0':
      if (at == end || !isDigit(*at))
        return 0;
      break;
    case 'x':
      return readHex(2);
    case 'u':
      if (isAt('{')) {
        const char *digit = ++at;
        while (digit < end && *digit != '}' && digit - at < 6)
          ++digit;
        uint32_t character = readHex(uint32_t(max<int64_t>(digit - at, 1)));
        if (ok() && !take('}'))
          refuse(at, "'}'", "end the number of the character");
        return character;
      }
      return readHex(4);
    }
    // A letter or a digit may mean something here that it does not elsewhere.
    const bool isPlain =
        c && !isDigit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
    if (!isPlain) {
      refuse(start, "an escape that is known",
             "write the characters that are meant: there are \\d \\w \\s \\n "
             "\\r \\t \\f \\v \\0 \\xXX \\uXXXX and a '\\' in front of signs",
             {start, uint32_t(at - start)});
      return 0;
    }
    --at;
    return readCharacter();
  }

  Node *readSet() {
    const char *start = at++;
    const bool others = take('^');
    auto *ranges = static_cast<Range *>(syntax.arena.take(0, alignof(Range)));
    uint32_t count = 0;
    auto put = [&](Range range) {
      if (syntax.arena.take(sizeof(Range), alignof(Range)))
        ranges[count++] = range;
    };
    // One that opens with ']' is empty to some, and to others not.
    for (bool first = true; ok() && (first || !isAt(']')); first = false) {
      if (at == end || (first && isAt(']')))
        return refuse(start, "a set that ends with ']'",
                      "end it, and write '\\]' for the character");
      const char *place = at;
      Class known;
      if (takeClass(known)) {
        if (known.others) {
          uint32_t from = 0;
          for (uint32_t i = 0; i < known.count; ++i) {
            put({from, known.ranges[i].low - 1});
            from = known.ranges[i].high + 1;
          }
          put({from, lastCodePoint});
        } else {
          for (uint32_t i = 0; i < known.count; ++i)
            put(known.ranges[i]);
        }
        continue;
      }
      Range range;
      range.low = range.high = readOfSet();
      if (isAt('-') && end - at > 1 && at[1] != ']') {
        ++at;
        Class notOne;
        if (takeClass(notOne))
          return refuse(place, "a range from one character to another",
                        "put a '\\' in front of '-'",
                        {place, uint32_t(at - place)});
        range.high = readOfSet();
        if (range.low > range.high)
          return refuse(place, "a range that rises", "swap its ends",
                        {place, uint32_t(at - place)});
      }
      put(range);
    }
    ++at;
    return ok() ? set(ranges, count, others) : syntax.never();
  }
  uint32_t readOfSet() {
    if (!isAt('\\'))
      return readCharacter();
    if (end - at > 1 && at[1] == 'b') {
      at += 2;
      return '\b';
    }
    return readEscape();
  }
};

} // namespace

Node *readRegex(Syntax &syntax, Text text, const RegexForm &form,
                lfm2rt_error *error) {
  return RegexReader(syntax, text, form, error).read();
}

} // namespace grammar
} // namespace lfm2rt
