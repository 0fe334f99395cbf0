#include "runtime/grammar/JsonForm.h"
#include "runtime/include/lfm2rt/constraint.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {
namespace grammar {

Node *JsonForm::literal(const char *text) {
  return syntax.bytes({text, uint32_t(length(text))});
}

Node *JsonForm::spaces() {
  if (!space) {
    static const Range kinds[] = {{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}};
    space = syntax.newRule(
        {"", 0}, 0, syntax.repeat(syntax.set(kinds, 3, false), 0, noLimit));
  }
  return syntax.call(space);
}

Node *JsonForm::separator() {
  if (flags & LFM2RT_FORM_ANY_SPACE)
    return syntax.sequence(spaces(), literal(","), spaces());
  return literal(flags & LFM2RT_FORM_COMPACT ? "," : ", ");
}

Node *JsonForm::colon() {
  if (flags & LFM2RT_FORM_ANY_SPACE)
    return syntax.sequence(spaces(), literal(":"), spaces());
  return literal(flags & LFM2RT_FORM_COMPACT ? ":" : ": ");
}

Node *JsonForm::inBrackets(const char *open, Node *content, const char *close,
                           bool mayBeEmpty) {
  const bool spaced = flags & LFM2RT_FORM_ANY_SPACE;
  Node *all = syntax.sequence();
  syntax.add(all, literal(open));
  if (spaced)
    syntax.add(all, spaces());
  if (content)
    syntax.add(all, mayBeEmpty ? syntax.optional(content) : content);
  if (spaced && content)
    syntax.add(all, spaces());
  syntax.add(all, literal(close));
  // A rule of its own, so that trees stay flat.
  return syntax.call(syntax.newRule({"", 0}, 0, all));
}

Node *JsonForm::list(Node *item, uint32_t low, uint32_t high) {
  if (item->op != Op::Call)
    item = syntax.call(syntax.newRule({"", 0}, 0, item));
  Node *more = syntax.sequence(separator(), syntax.call(item->rule));
  return syntax.sequence(
      item, syntax.repeat(more, low - 1, high == noLimit ? high : high - 1));
}

static const Range plainCharacters[] = {
    {0x20, 0x21}, {0x23, 0x5b}, {0x5d, lastCodePoint}};
static const Range hexDigits[] = {{'0', '9'}, {'A', 'F'}, {'a', 'f'}};

Node *JsonForm::character() {
  if (!anyCharacter) {
    static const Range signs[] = {{'"', '"'}, {'/', '/'}, {'\\', '\\'},
                                  {'b', 'b'}, {'f', 'f'}, {'n', 'n'},
                                  {'r', 'r'}, {'t', 't'}};
    // \u of what is no half of a pair, or of both halves.
    static const Range noD[] = {
        {'0', '9'}, {'A', 'C'}, {'E', 'F'}, {'a', 'c'}, {'e', 'f'}};
    static const Range d[] = {{'D', 'D'}, {'d', 'd'}};
    static const Range low[] = {{'0', '7'}};
    static const Range first[] = {{'8', '9'}, {'A', 'B'}, {'a', 'b'}};
    static const Range second[] = {{'C', 'F'}, {'c', 'f'}};
    auto hex = [&](uint32_t count) {
      return syntax.repeat(syntax.set(hexDigits, 3, false), count, count);
    };
    auto half = [&](Node *digit) {
      Node *all = syntax.sequence(syntax.set(d, 2, false), digit, hex(2));
      return all;
    };
    Node *code = syntax.choice();
    syntax.add(code, syntax.sequence(syntax.set(noD, 5, false), hex(3)));
    syntax.add(code, half(syntax.set(low, 1, false)));
    syntax.add(code, syntax.sequence(half(syntax.set(first, 3, false)),
                                     literal("\\u"),
                                     half(syntax.set(second, 2, false))));
    Node *choice = syntax.choice();
    syntax.add(choice, syntax.set(plainCharacters, 3, false));
    syntax.add(choice,
               syntax.sequence(literal("\\"), syntax.set(signs, 8, false)));
    syntax.add(choice, syntax.sequence(literal("\\u"), code));
    anyCharacter = syntax.newRule({"", 0}, 0, choice);
  }
  return syntax.call(anyCharacter);
}

Node *JsonForm::pythonCharacter() {
  if (!anyPython) {
    static const Range plain[] = {
        {0x20, 0x26}, {0x28, 0x5b}, {0x5d, lastCodePoint}};
    static const Range signs[] = {{'"', '"'}, {'\'', '\''}, {'\\', '\\'},
                                  {'n', 'n'}, {'r', 'r'},   {'t', 't'}};
    Node *choice = syntax.choice();
    syntax.add(choice, syntax.set(plain, 3, false));
    syntax.add(choice,
               syntax.sequence(literal("\\"), syntax.set(signs, 6, false)));
    anyPython = syntax.newRule({"", 0}, 0, choice);
  }
  return syntax.call(anyPython);
}

Node *JsonForm::string(uint32_t low, uint32_t high) {
  Node *quotes = syntax.sequence(
      literal("\""), syntax.repeat(character(), low, high), literal("\""));
  if (!isPython)
    return quotes;
  Node *choice = syntax.choice();
  syntax.add(choice, quotes);
  syntax.add(choice,
             syntax.sequence(literal("'"),
                             syntax.repeat(pythonCharacter(), low, high),
                             literal("'")));
  return choice;
}

Node *JsonForm::quoted(Node *inside) {
  return syntax.sequence(literal("\""), inside, literal("\""));
}

Node *JsonForm::digit(uint32_t low, uint32_t high) {
  Range range = {'0' + low, '0' + high};
  return syntax.set(&range, 1, false);
}

// Any ones, `count` of them; noLimit: one or more.
Node *JsonForm::digits(uint32_t count) {
  return count == noLimit ? syntax.repeat(digit(0, 9), 1, noLimit)
                          : syntax.repeat(digit(0, 9), count, count);
}

Node *JsonForm::integer() {
  if (!anyInteger) {
    Node *natural = syntax.choice();
    syntax.add(natural, literal("0"));
    syntax.add(
        natural,
        syntax.sequence(digit(1, 9), syntax.repeat(digit(0, 9), 0, noLimit)));
    anyInteger = syntax.newRule(
        {"", 0}, 0, syntax.sequence(syntax.optional(literal("-")), natural));
  }
  return syntax.call(anyInteger);
}

Node *JsonForm::number() {
  if (!anyNumber) {
    static const Range signs[] = {{'+', '+'}, {'-', '-'}};
    static const Range e[] = {{'E', 'E'}, {'e', 'e'}};
    Node *fraction =
        syntax.optional(syntax.sequence(literal("."), digits(noLimit)));
    Node *exponent = syntax.optional(syntax.sequence(
        syntax.set(e, 2, false), syntax.optional(syntax.set(signs, 2, false)),
        digits(noLimit)));
    anyNumber = syntax.newRule({"", 0}, 0,
                               syntax.sequence(integer(), fraction, exponent));
  }
  return syntax.call(anyNumber);
}

// The numbers of `count` digits between two such.
Node *JsonForm::sameLength(const char *low, const char *high, uint32_t count) {
  Node *all = syntax.sequence();
  for (; count > 0 && *low == *high; ++low, ++high, --count)
    syntax.add(all, digit(uint32_t(*low - '0'), uint32_t(*low - '0')));
  if (count == 0)
    return all;
  uint32_t first = uint32_t(*low - '0'), last = uint32_t(*high - '0');
  bool allLow = true, allHigh = true;
  for (uint32_t i = 1; i < count; ++i) {
    allLow = allLow && low[i] == '0';
    allHigh = allHigh && high[i] == '9';
  }
  static const char zeros[] = "00000000000000000000";
  static const char nines[] = "99999999999999999999";
  Node *choice = syntax.choice();
  if (!allLow) {
    syntax.add(choice, syntax.sequence(digit(first, first),
                                       sameLength(low + 1, nines, count - 1)));
    ++first;
  }
  if (!allHigh)
    --last;
  if (first <= last)
    syntax.add(choice, syntax.sequence(digit(first, last), digits(count - 1)));
  if (!allHigh)
    syntax.add(choice, syntax.sequence(digit(last + 1, last + 1),
                                       sameLength(zeros, high + 1, count - 1)));
  syntax.add(all, choice);
  return all;
}

static uint32_t writeNatural(uint64_t value, char *to) {
  uint32_t count = 0;
  for (uint64_t rest = value; count == 0 || rest > 0; rest /= 10)
    ++count;
  for (uint32_t i = count; i-- > 0; value /= 10)
    to[i] = char('0' + value % 10);
  return count;
}

Node *JsonForm::naturalWithin(uint64_t low, const uint64_t *high) {
  char a[20], b[20];
  uint32_t count = writeNatural(low, a);
  const uint32_t most = high ? writeNatural(*high, b) : count;
  Node *choice = syntax.choice();
  for (; count <= most; ++count) {
    char last[20];
    memset(last, '9', sizeof(last));
    if (high && count == most)
      memcpy(last, b, most);
    syntax.add(choice, sameLength(a, last, count));
    memset(a, '0', sizeof(a));
    a[0] = '1';
  }
  if (!high)
    syntax.add(choice,
               syntax.sequence(digit(1, 9),
                               syntax.repeat(digit(0, 9), most, noLimit)));
  return choice;
}

Node *JsonForm::integerWithin(const int64_t *low, const int64_t *high) {
  Node *choice = syntax.choice();
  if (!high || *high >= 0) {
    const uint64_t most = high ? uint64_t(*high) : 0;
    syntax.add(choice, naturalWithin(low && *low > 0 ? uint64_t(*low) : 0,
                                     high ? &most : nullptr));
  }
  if (!low || *low < 0) {
    const uint64_t least = high && *high < 0 ? 0 - uint64_t(*high) : 1;
    const uint64_t most = low ? 0 - uint64_t(*low) : 0;
    syntax.add(choice,
               syntax.sequence(literal("-"),
                               naturalWithin(least, low ? &most : nullptr)));
  }
  return choice;
}

Node *JsonForm::boolean(bool truth) {
  return literal(isPython ? (truth ? "True" : "False")
                          : (truth ? "true" : "false"));
}

Node *JsonForm::null() { return literal(isPython ? "None" : "null"); }

Node *JsonForm::value() {
  Rule *&rule = anyValue[isPython];
  if (!rule) {
    rule = syntax.newRule({"", 0}, 0, syntax.never());
    Node *choice = syntax.choice();
    syntax.add(choice, number());
    syntax.add(choice, boolean(true));
    syntax.add(choice, boolean(false));
    syntax.add(choice, null());
    syntax.add(choice, string(0, noLimit));
    syntax.add(choice,
               inBrackets("[", list(syntax.call(rule), 1, noLimit), "]", true));
    syntax.add(choice, mapping(true, [&] {
                 return list(
                     syntax.sequence(string(0, noLimit), colon(), value()), 1,
                     noLimit);
               }));
    rule->body = choice;
  }
  return syntax.call(rule);
}

namespace {
struct Buffer {
  Arena &arena;
  char *bytes;
  uint32_t count;
};
} // namespace

static void collect(const char *text, uint64_t bytes, void *user) {
  auto &buffer = *static_cast<Buffer *>(user);
  if (!buffer.arena.take(bytes, 1))
    return;
  memcpy(buffer.bytes + buffer.count, text, size_t(bytes));
  buffer.count += uint32_t(bytes);
}

Node *JsonForm::written(const Value &value) {
  if (isPython && value.kind == Kind::Null)
    return null();
  if (isPython && value.kind == Kind::Bool)
    return boolean(value.truth);
  JsonStyle style;
  style.ensureAscii = false;
  if (flags & LFM2RT_FORM_COMPACT)
    style = JsonStyle::compact();
  Buffer buffer = {syntax.arena, static_cast<char *>(syntax.arena.take(0, 1)),
                   0};
  writeJson(value, style, collect, &buffer);
  return syntax.bytes({buffer.bytes, buffer.count});
}

Text JsonForm::key(Text name) {
  Buffer buffer = {syntax.arena, static_cast<char *>(syntax.arena.take(0, 1)),
                   0};
  writeJsonString(name, false, collect, &buffer);
  return {buffer.bytes, buffer.count};
}

} // namespace grammar
} // namespace lfm2rt
