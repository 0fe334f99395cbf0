// A parser by recursive descent. What Oniguruma does where its manual is silent
// was found by trying the `tokenizers` package.

#include "lib/Model/Pattern.h"
#include "lib/Model/UnicodeClasses.h"
#include "lib/Support/Error.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ConvertUTF.h"

#include <unicode/uchar.h>

using namespace lfm2c;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

namespace {

constexpr unsigned maxDepth = 100; // Of groups and sets in each other.
constexpr unsigned maxQuantifiers = 8;
constexpr unsigned maxRepeat = 1000; // Counts in a quantifier.

CodePointSet everything() { return CodePointSet(0, 0x10ffff); }

PatternNode makeSet(CodePointSet set) {
  PatternNode node;
  node.kind = PatternNode::Set;
  node.set = std::move(set);
  return node;
}

PatternNode makeMany(PatternNode::Kind kind,
                     std::vector<PatternNode> children) {
  PatternNode node;
  node.kind = kind;
  node.children = std::move(children);
  return node;
}

PatternNode makeRepeat(PatternNode child, unsigned min, unsigned max,
                       bool greedy) {
  PatternNode node = makeMany(PatternNode::Repeat, {std::move(child)});
  node.min = min;
  node.max = max;
  node.greedy = greedy;
  return node;
}

PatternNode makeLook(PatternNode child, bool negative) {
  PatternNode node = makeMany(PatternNode::Look, {std::move(child)});
  node.negative = negative;
  return node;
}

// One character after the other, each out of a set: it matches in one way.
bool isFixed(const PatternNode &node) {
  return node.kind == PatternNode::Set ||
         (node.kind == PatternNode::Sequence &&
          llvm::all_of(node.children, isFixed));
}

class Parser {
public:
  explicit Parser(llvm::StringRef pattern) : pattern(pattern) {}

  Expected<PatternNode> run();

private:
  Error fail(const Twine &what, size_t where) const {
    return makeError("the split pattern {0}: {1} at character {2}",
                     quoted(pattern), what.str(), where + 1);
  }
  Error refuse(const Twine &what, size_t where) const {
    return fail(what + " not supported", where);
  }

  bool atEnd() const { return at == text.size(); }
  // A character, or 0 behind the end.
  uint32_t peek(size_t ahead = 0) const {
    return at + ahead < text.size() ? text[at + ahead] : 0;
  }
  bool take(llvm::StringRef wanted) {
    for (size_t i = 0; i < wanted.size(); ++i)
      if (peek(i) != uint8_t(wanted[i]))
        return false;
    at += wanted.size();
    return true;
  }

  Expected<PatternNode> parseAlternates();
  Expected<PatternNode> parseSequence();
  Expected<PatternNode> parseQuantified();
  Expected<PatternNode> parseAtom();
  Expected<PatternNode> parseGroup();
  Expected<PatternNode> closeGroup(size_t start);
  Expected<PatternNode> parseOptions(size_t start);
  Expected<PatternNode> makeAtomic(PatternNode node, size_t start);
  Expected<PatternNode> parseEscape();
  bool parseInterval(unsigned &min, unsigned &max, size_t &end) const;
  Expected<PatternNode> literal(uint32_t c, size_t start);

  Expected<CodePointSet> parseBracket();
  Expected<CodePointSet> parseBracketItem(std::optional<uint32_t> &single);
  Expected<CodePointSet> parsePosix();
  Expected<CodePointSet> parseProperty();
  std::optional<CodePointSet> parseClassEscape();
  Expected<uint32_t> parseCharacterEscape();
  Expected<uint32_t> parseHex(size_t start, unsigned least, unsigned most);
  Error checkCase(const CodePointSet &set, size_t start) const;

  llvm::StringRef pattern;
  std::vector<uint32_t> text;
  size_t at = 0;
  unsigned depth = 0;
  bool ignoreCase = false, dotTakesBreaks = false, inBracket = false;
  std::vector<uint32_t> word; // Literals in a row, where case is ignored.
};

Expected<PatternNode> Parser::run() {
  std::vector<llvm::UTF32> buffer(pattern.size() + 1);
  const auto *from = reinterpret_cast<const llvm::UTF8 *>(pattern.data());
  llvm::UTF32 *to = buffer.data();
  if (llvm::ConvertUTF8toUTF32(&from, from + pattern.size(), &to,
                               to + buffer.size(),
                               llvm::strictConversion) != llvm::conversionOK)
    return fail("expected UTF-8, found a byte that is not",
                size_t(to - buffer.data()));
  text.assign(buffer.data(), to);
  Expected<PatternNode> node = parseAlternates();
  if (node && !atEnd())
    return fail("a ')' without '('", at);
  return node;
}

Expected<PatternNode> Parser::parseAlternates() {
  std::vector<PatternNode> branches;
  do {
    Expected<PatternNode> branch = parseSequence();
    if (!branch)
      return branch;
    branches.push_back(std::move(*branch));
  } while (take("|"));
  if (branches.size() == 1)
    return std::move(branches[0]);
  return makeMany(PatternNode::Alternates, std::move(branches));
}

Expected<PatternNode> Parser::parseSequence() {
  std::vector<PatternNode> items;
  word.clear();
  while (!atEnd() && peek() != '|' && peek() != ')') {
    Expected<PatternNode> item = parseQuantified();
    if (!item)
      return item;
    items.push_back(std::move(*item));
  }
  if (items.size() == 1)
    return std::move(items[0]);
  return makeMany(PatternNode::Sequence, std::move(items));
}

// {n}, {n,}, {,m} or {n,m}; anything else with a brace is text.
bool Parser::parseInterval(unsigned &min, unsigned &max, size_t &end) const {
  size_t i = at + 1;
  const auto number = [&](unsigned &value) {
    const size_t first = i;
    value = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i)
      value = std::min(value * 10 + unsigned(text[i] - '0'), maxRepeat + 1);
    return i > first;
  };
  const bool hasMin = number(min);
  bool hasMax = false;
  max = min;
  if (i < text.size() && text[i] == ',') {
    ++i;
    hasMax = number(max);
    if (!hasMax)
      max = PatternNode::unlimited;
  }
  end = i + 1;
  return (hasMin || hasMax) && i < text.size() && text[i] == '}';
}

Expected<PatternNode> Parser::parseQuantified() {
  const size_t start = at;
  Expected<PatternNode> parsed = parseAtom();
  if (!parsed)
    return parsed;
  PatternNode node = std::move(*parsed);
  // (?:(?=a))* is of a group, which is allowed; (?=a)* is not.
  const uint32_t kind = start + 2 < text.size() ? text[start + 2] : 0;
  const bool isLook = node.kind == PatternNode::Look &&
                      (text[start] != '(' || (text[start + 1] == '?' &&
                                              (kind == '=' || kind == '!')));
  for (unsigned count = 0;; ++count) {
    const size_t where = at;
    unsigned min = 0, max = PatternNode::unlimited;
    size_t end = 0;
    bool interval = false;
    if (take("*")) {
    } else if (take("+")) {
      min = 1;
    } else if (take("?")) {
      max = 1;
    } else if (peek() == '{' && parseInterval(min, max, end)) {
      interval = true;
      at = end;
    } else {
      return std::move(node);
    }
    word.clear();
    if (isLook)
      return fail("a quantifier of what takes no text", where);
    if (count == maxQuantifiers)
      return refuse("more than " + Twine(maxQuantifiers) +
                        " quantifiers in a row are",
                    where);
    if (min > maxRepeat || (max > maxRepeat && max != PatternNode::unlimited))
      return refuse("a quantifier beyond " + Twine(maxRepeat) + " is", where);
    if (min > max)
      return refuse("a quantifier with the larger count first is", where);
    if (interval && min == max && take("?")) {
      // As Oniguruma reads it: the whole of it, or nothing.
      node =
          makeRepeat(makeRepeat(std::move(node), min, max, true), 0, 1, true);
      continue;
    }
    const bool lazy = take("?");
    const bool possessive = !lazy && !interval && take("+");
    node = makeRepeat(std::move(node), min, max, !lazy);
    if (!possessive)
      continue;
    Expected<PatternNode> atomic = makeAtomic(std::move(node), where);
    if (!atomic)
      return atomic;
    node = std::move(*atomic);
  }
}

// Without a way back: where the node matches in one way at most, what it would
// have tried first must not match.
Expected<PatternNode> Parser::makeAtomic(PatternNode node, size_t start) {
  if (isFixed(node))
    return std::move(node);
  if (node.kind == PatternNode::Repeat && node.greedy &&
      isFixed(node.children[0]) &&
      (node.max == PatternNode::unlimited ||
       (node.min == 0 && node.max == 1))) {
    PatternNode other = makeLook(node.children[0], true);
    if (node.max == PatternNode::unlimited)
      return makeMany(PatternNode::Sequence,
                      {std::move(node), std::move(other)});
    return makeMany(PatternNode::Alternates,
                    {std::move(node.children[0]), std::move(other)});
  }
  if (node.kind == PatternNode::Alternates &&
      llvm::all_of(node.children, isFixed)) {
    std::vector<PatternNode> looks, branches;
    for (PatternNode &branch : node.children) {
      std::vector<PatternNode> sequence = looks;
      looks.push_back(makeLook(branch, true));
      sequence.push_back(std::move(branch));
      branches.push_back(makeMany(PatternNode::Sequence, std::move(sequence)));
    }
    return makeMany(PatternNode::Alternates, std::move(branches));
  }
  return refuse("a possessive quantifier or atomic group of more than "
                "characters in a row is",
                start);
}

Expected<PatternNode> Parser::literal(uint32_t c, size_t start) {
  CodePointSet set(c, c);
  if (!ignoreCase)
    return makeSet(std::move(set));
  if (Error error = checkCase(set, start))
    return std::move(error);
  // Letters in a row that are one character in another case, as "ss" is.
  word.push_back(c);
  for (size_t i = word.size() > 3 ? word.size() - 3 : 0; i + 1 < word.size();
       ++i)
    if (foldsToOneCharacter(llvm::ArrayRef(word).drop_front(i)))
      return refuse("letters that are one character in another case are",
                    start);
  closeOverCase(set);
  return makeSet(std::move(set));
}

Error Parser::checkCase(const CodePointSet &set, size_t start) const {
  if (hasLongCase(set))
    return refuse("a character that is several in another case is", start);
  return Error::success();
}

Expected<PatternNode> Parser::parseAtom() {
  const size_t start = at;
  const uint32_t c = text[at++];
  const auto apart = [&](PatternNode node) {
    word.clear();
    return node;
  };
  switch (c) {
  case '(':
    return parseGroup();
  case '[': {
    Expected<CodePointSet> set = parseBracket();
    if (!set)
      return set.takeError();
    return apart(makeSet(std::move(*set)));
  }
  case '.':
    return apart(
        makeSet(dotTakesBreaks ? everything() : ~CodePointSet('\n', '\n')));
  case '\\':
    return parseEscape();
  case '^':
    return refuse("the start of a line, '^', is", start);
  case '$': {
    PatternNode end = makeLook(makeSet(everything()), true);
    return apart(
        makeLook(makeMany(PatternNode::Alternates,
                          {makeSet(CodePointSet('\n', '\n')), std::move(end)}),
                 false));
  }
  case '*':
  case '+':
  case '?':
    return fail("a quantifier of nothing", start);
  case '{': {
    unsigned min, max;
    size_t end;
    at = start;
    const bool interval = parseInterval(min, max, end);
    at = start + 1;
    if (interval)
      return fail("a quantifier of nothing", start);
    return literal(c, start);
  }
  default:
    return literal(c, start);
  }
}

// Behind the '('. Options end with the group that they stand in.
Expected<PatternNode> Parser::parseGroup() {
  const size_t start = at - 1;
  if (depth == maxDepth)
    return refuse("more than " + Twine(maxDepth) + " groups in each other are",
                  start);
  if (peek() == '*')
    return refuse("a callout, '(*', is", start);
  if (!take("?"))
    return closeGroup(start);
  if (take(":"))
    return closeGroup(start);
  if (take("=") || take("!")) {
    const bool negative = text[at - 1] == '!';
    Expected<PatternNode> body = closeGroup(start);
    if (!body)
      return body;
    return makeLook(std::move(*body), negative);
  }
  if (take(">")) {
    Expected<PatternNode> body = closeGroup(start);
    if (!body)
      return body;
    return makeAtomic(std::move(*body), start);
  }
  if (take("<=") || take("<!"))
    return refuse("look-behind is", start);
  if (take("#")) {
    while (!atEnd() && peek() != ')')
      ++at;
    if (!take(")"))
      return fail("a comment without ')'", start);
    return PatternNode();
  }
  if (take("<") || take("'")) {
    const char close = text[at - 1] == '<' ? '>' : '\'';
    while (!atEnd() && peek() != uint32_t(close))
      ++at;
    if (atEnd())
      return fail("a name of a group without end", start);
    ++at;
    return closeGroup(start);
  }
  if (peek() == '~')
    return refuse("an absent expression, '(?~', is", start);
  if (peek() == '(')
    return refuse("a condition, '(?(', is", start);
  return parseOptions(start);
}

Expected<PatternNode> Parser::closeGroup(size_t start) {
  const bool outerCase = ignoreCase, outerBreaks = dotTakesBreaks;
  ++depth;
  Expected<PatternNode> body = parseAlternates();
  --depth;
  ignoreCase = outerCase;
  dotTakesBreaks = outerBreaks;
  word.clear();
  if (body && !take(")"))
    return fail("a '(' without ')'", start);
  return body;
}

// (?i:...), or (?i) for what is left of the group, its alternatives included.
Expected<PatternNode> Parser::parseOptions(size_t start) {
  const bool outerCase = ignoreCase, outerBreaks = dotTakesBreaks;
  bool on = true;
  for (; !atEnd() && peek() != ')' && peek() != ':'; ++at) {
    if (peek() == '-')
      on = false;
    else if (peek() == 'i')
      ignoreCase = on;
    else if (peek() == 'm')
      dotTakesBreaks = on;
    else
      return refuse(
          "the group or option '(?" +
              Twine(peek() > ' ' && peek() < 127 ? char(peek()) : '?') + "' is",
          start);
  }
  Expected<PatternNode> body = PatternNode();
  if (take(":")) {
    body = closeGroup(start);
  } else if (take(")")) {
    word.clear();
    ++depth;
    body = parseAlternates();
    --depth;
    word.clear();
  } else {
    return fail("a '(' without ')'", start);
  }
  ignoreCase = outerCase;
  dotTakesBreaks = outerBreaks;
  return body;
}

// \s \d \w \h and their opposites; `at` is behind the backslash.
std::optional<CodePointSet> Parser::parseClassEscape() {
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

Expected<CodePointSet> Parser::parseProperty() {
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

Expected<uint32_t> Parser::parseHex(size_t start, unsigned least,
                                    unsigned most) {
  uint32_t value = 0;
  unsigned digits = 0;
  for (; digits < most && peek() < 128 && llvm::isHexDigit(char(peek()));
       ++digits)
    value = value << 4 | llvm::hexDigitValue(char(text[at++]));
  if (digits < least || value > 0x10ffff || (value >> 11) == 27)
    return fail("a number of no character", start);
  return value;
}

// A character in another spelling; `at` is behind the backslash.
Expected<uint32_t> Parser::parseCharacterEscape() {
  const size_t start = at - 1;
  if (atEnd())
    return fail("a '\\' without what follows", start);
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
        return fail("a number without '}'", start);
      return value;
    }
    Expected<uint32_t> value = parseHex(start, 1, 2);
    if (value && *value > 127)
      return refuse("a byte beyond \\x7f, as no whole character, is", start);
    return value;
  }
  case 'c':
  case 'C':
  case 'M':
    return refuse("a control or meta character is", start);
  default:
    if (c >= '0' && c <= '7')
      return refuse("an octal number is", start);
    return c;
  }
}

Expected<PatternNode> Parser::parseEscape() {
  const size_t start = at - 1;
  const uint32_t c = peek();
  const auto apart = [&](PatternNode node) {
    word.clear();
    return node;
  };
  if (c == 'p' || c == 'P') {
    Expected<CodePointSet> set = parseProperty();
    if (!set)
      return set.takeError();
    return apart(makeSet(std::move(*set)));
  }
  if (c == 'w' || c == 'W') {
    // Outside of brackets Oniguruma counts these of Latin-1, too.
    CodePointSet set = getWordCharacters();
    for (uint32_t other : {0xb2, 0xb3, 0xb9, 0xbc, 0xbd, 0xbe})
      set.add(other, other);
    ++at;
    return apart(makeSet(c == 'w' ? set : ~set));
  }
  if (std::optional<CodePointSet> set = parseClassEscape())
    return apart(makeSet(std::move(*set)));
  PatternNode any = makeSet(everything());
  const CodePointSet lineBreak('\n', '\n');
  switch (c) {
  case 'N':
    ++at;
    return apart(makeSet(~lineBreak));
  case 'O':
    ++at;
    return apart(std::move(any));
  case 'z':
    ++at;
    return apart(makeLook(std::move(any), true));
  case 'Z': {
    ++at;
    PatternNode end = makeLook(std::move(any), true);
    PatternNode before =
        makeMany(PatternNode::Sequence, {makeSet(lineBreak), end});
    return apart(makeLook(
        makeMany(PatternNode::Alternates, {std::move(before), std::move(end)}),
        false));
  }
  case 'R': {
    ++at;
    CodePointSet breaks('\n', '\r');
    breaks.add(0x85, 0x85);
    breaks.add(0x2028, 0x2029);
    PatternNode both =
        makeMany(PatternNode::Sequence,
                 {makeSet(CodePointSet('\r', '\r')), makeSet(lineBreak)});
    word.clear();
    return makeAtomic(
        makeMany(PatternNode::Alternates, {std::move(both), makeSet(breaks)}),
        start);
  }
  case 'b':
  case 'B':
    return refuse("a boundary of a word, '\\b', is", start);
  case 'A':
  case 'G':
    return refuse("an anchor to a start, '\\A' or '\\G', is", start);
  case 'K':
    return refuse("'\\K' is", start);
  case 'X':
  case 'y':
  case 'Y':
    return refuse("a cluster of characters, '\\X' or '\\y', is", start);
  case 'k':
  case 'g':
    return refuse("a reference to a group is", start);
  default:
    if (c >= '1' && c <= '9')
      return refuse("a reference to a group is", start);
  }
  Expected<uint32_t> character = parseCharacterEscape();
  if (!character)
    return character.takeError();
  return literal(*character, start);
}

// [:name:], behind the "[:".
Expected<CodePointSet> Parser::parsePosix() {
  const size_t start = at - 2;
  const bool negated = take("^");
  std::string name;
  for (; !atEnd() && peek() < 128 && llvm::isAlpha(char(peek())); ++at)
    name += char(peek());
  if (!take(":]"))
    return fail("a '[:' without ':]'", start);
  std::optional<CodePointSet> set = findPosixClass(name);
  if (!set)
    return refuse("the class " + quoted(name) + " is", start);
  return negated ? ~*set : *set;
}

// What stands in a bracket: a character, then also in `single`, or a set.
Expected<CodePointSet>
Parser::parseBracketItem(std::optional<uint32_t> &single) {
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
      return refuse("a sequence in a set is", at - 1);
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
Expected<CodePointSet> Parser::parseBracket() {
  const size_t start = at - 1;
  if (depth == maxDepth)
    return refuse("more than " + Twine(maxDepth) + " sets in each other are",
                  start);
  const bool outermost = !inBracket;
  inBracket = true;
  ++depth;
  const bool negated = take("^");
  CodePointSet both = everything(), set;
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
      return fail("a range that starts with a set", where);
    std::optional<uint32_t> high;
    item = parseBracketItem(high);
    if (!item)
      return item;
    if (!high || *high < *low)
      return fail("a range without a larger end", where);
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

} // namespace

Expected<PatternNode> lfm2c::parsePattern(llvm::StringRef pattern) {
  return Parser(pattern).run();
}
