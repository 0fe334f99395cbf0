// The tree of a pattern.

#include "lib/Model/PatternParser.h"
#include "lib/Model/UnicodeClasses.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/ConvertUTF.h"

using namespace lfm2c;
using llvm::Error;
using llvm::Expected;
using llvm::Twine;

namespace {

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

} // namespace

Expected<PatternNode> PatternParser::run() {
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

Expected<PatternNode> PatternParser::parseAlternates() {
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

Expected<PatternNode> PatternParser::parseSequence() {
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
bool PatternParser::parseInterval(unsigned &min, unsigned &max,
                                  size_t &end) const {
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

Expected<PatternNode> PatternParser::parseQuantified() {
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
      return fail("a quantifier after a look-ahead or an anchor", where);
    if (count == maxQuantifiers)
      return refuse("more than " + Twine(maxQuantifiers) +
                        " quantifiers after one another are",
                    where);
    if (min > maxRepeat || (max > maxRepeat && max != PatternNode::unlimited))
      return refuse("a quantifier of more than " + Twine(maxRepeat) +
                        " repetitions is",
                    where);
    if (min > max)
      return refuse("a quantifier whose minimum is above its maximum is",
                    where);
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
Expected<PatternNode> PatternParser::makeAtomic(PatternNode node,
                                                size_t start) {
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
  return refuse("a possessive quantifier or atomic group of anything but "
                "characters in a row is",
                start);
}

Expected<PatternNode> PatternParser::literal(uint32_t c, size_t start) {
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
      return refuse("letters that are one character where case is ignored are",
                    start);
  closeOverCase(set);
  return makeSet(std::move(set));
}

Expected<PatternNode> PatternParser::parseAtom() {
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
    return refuse("an anchor to the start of a line, '^', is", start);
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
    return fail("a quantifier with nothing to repeat", start);
  case '{': {
    unsigned min, max;
    size_t end;
    at = start;
    const bool interval = parseInterval(min, max, end);
    at = start + 1;
    if (interval)
      return fail("a quantifier with nothing to repeat", start);
    return literal(c, start);
  }
  default:
    return literal(c, start);
  }
}

// Behind the '('. Options end with the group that they stand in.
Expected<PatternNode> PatternParser::parseGroup() {
  const size_t start = at - 1;
  if (depth == maxDepth)
    return refuse("more than " + Twine(maxDepth) + " groups in each other are",
                  start);
  if (peek() == '*')
    return refuse("a callout, '(*...)', is", start);
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
      return fail("a name of a group without its end", start);
    ++at;
    return closeGroup(start);
  }
  if (peek() == '~')
    return refuse("an absent function, '(?~...)', is", start);
  if (peek() == '(')
    return refuse("a conditional, '(?(...)...)', is", start);
  return parseOptions(start);
}

Expected<PatternNode> PatternParser::closeGroup(size_t start) {
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
Expected<PatternNode> PatternParser::parseOptions(size_t start) {
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

Expected<PatternNode> PatternParser::parseEscape() {
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
    return refuse("a word boundary, '\\b' or '\\B', is", start);
  case 'A':
  case 'G':
    return refuse("an anchor to the start of the text, '\\A' or '\\G', is",
                  start);
  case 'K':
    return refuse("'\\K' is", start);
  case 'X':
  case 'y':
  case 'Y':
    return refuse(
        "a grapheme cluster or its boundary, '\\X', '\\y' or '\\Y', is", start);
  case 'k':
  case 'g':
    return refuse("a back-reference to a group or a call of one is", start);
  default:
    if (c >= '1' && c <= '9')
      return refuse("a back-reference to a group or a call of one is", start);
  }
  Expected<uint32_t> character = parseCharacterEscape();
  if (!character)
    return character.takeError();
  return literal(*character, start);
}

Expected<PatternNode> lfm2c::parsePattern(llvm::StringRef pattern) {
  return PatternParser(pattern).run();
}
