// Brackets, words and calls; what stands in a string and a number is in
// Scalars.cpp.
#include "runtime/tools/Calls.h"
#include "runtime/json/Numbers.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {

void JsonText::put(const char *text, uint32_t bytes) {
  full |= bytes > capacity - size;
  if (full)
    return;
  memcpy(memory + size, text, bytes);
  size += bytes;
}

void JsonText::putCharacters(Text text) {
  writeCharacters(
      text, Spelling::Utf8, '"',
      [](const char *piece, uint64_t bytes, void *user) {
        static_cast<JsonText *>(user)->put(piece, uint32_t(bytes));
      },
      this);
}

CallStep Calls::read(const CallSource &from) {
  source = from.text;
  end = from.size;
  whole = from.whole;
  waits = false;
  while (!problem && step()) {
    if (out.full)
      fail(tooLong);
    else if (called) {
      called = false;
      return CallStep::Call;
    }
  }
  return problem ? CallStep::Wrong : waits ? CallStep::More : CallStep::Done;
}

void Calls::drop() {
  at = 0;
  out.size = 0;
  functionBytes = 0;
}

uint32_t Calls::settled() const {
  // What may be a value in parentheses may lose its bracket.
  for (uint32_t i = 0; i < depth; ++i)
    if (levels[i].closed == Closed::Parens && !levels[i].comma)
      return levels[i].start;
  return out.size;
}

bool Calls::fail(const char *expected) {
  problem = expected;
  return false;
}

bool Calls::wait() {
  waits = true;
  return false;
}

bool Calls::need(uint32_t bytes) {
  return whole || end - at >= bytes || wait();
}

char Calls::look(uint32_t ahead) const {
  return end - at > ahead ? source[at + ahead] : char(0);
}

bool Calls::step() {
  if (state == State::Inside)
    return readCharacter();
  skipSpace();
  char c = look(0);
  // A backslash may end a line.
  if (!need(1 + (c == '\\')))
    return false;
  uint32_t prefix;
  switch (state) {
  case State::Block:
    bracketed = c == '[';
    at += bracketed;
    state = State::Call;
    return true;
  case State::Call:
    return beginCall();
  case State::Parenthesis:
    return c == '(' ? beginBracket(Closed::Arguments, "{", State::Argument)
                    : fail("'(' behind the name of a function");
  case State::Argument:
    return beginArgument();
  case State::Equals:
    if (c != '=')
      return fail("'=': arguments are given by name");
    ++at;
    out.put(": ");
    state = State::Value;
    return true;
  case State::Value:
    return beginValue();
  case State::Key:
    return beginKey();
  case State::Colon:
    return c == ':' ? endKey() : fail("':' behind a key");
  case State::BehindString:
    // Strings side by side are one.
    if (isString(prefix))
      return beginString(prefix);
    if (waits)
      return false;
    if (!plain)
      out.put("\"");
    state = ofKey ? State::Colon : State::BehindValue;
    return true;
  case State::BehindValue:
    return endValue();
  case State::BehindCall:
    at += c == ',';
    state = State::Call;
    return true;
  default:
    return at < end ? fail("the end of the calls") : false;
  }
}

// White space, and a backslash at the end of a line.
void Calls::skipSpace() {
  for (;; ++at) {
    char c = look(0);
    if (c == '\\')
      c = look(1) == '\n' || look(1) == '\r' ? ' ' : c;
    if (c != ' ' && (c < '\t' || c > '\r'))
      return;
  }
}

// Letters, digits and what names have: models are offered functions whose names
// are none in Python.
static bool isOfWord(char c) {
  return hexDigit(c) <= 9 || uint32_t(c | 0x20) - 'a' < 26 || c & 0x80 ||
         (c >= '+' && c <= '/' && c != ',') || c == '_' || c == '$' || c == '@';
}

// The word at the place, which may be empty; it stays there.
bool Calls::readWord(Text &word) {
  word = {source + at, 0};
  while (isOfWord(look(word.bytes)))
    if (++word.bytes > mostWord)
      return fail("a name or a number of at most 255 bytes");
  return need(word.bytes + 1);
}

// A word that begins as names do, taken.
bool Calls::readName(Text &name, const char *expected) {
  if (!readWord(name))
    return false;
  char c = look(0);
  if (name.bytes == 0 || (c != '$' && c <= '9' && !(c & 0x80)))
    return fail(expected);
  at += name.bytes;
  return true;
}

bool Calls::beginCall() {
  // Where the block ends here, it has one comma or bracket too many or too few.
  if (at == end)
    return false;
  char c = look(0);
  if (bracketed && c == ']') {
    ++at;
    state = State::End;
    return true;
  }
  isJson = c == '{';
  if (isJson)
    return beginBracket(Closed::Object, "", State::Key);
  Text name;
  if (!readName(name,
                "a call, as name(argument=value), or the end of the calls"))
    return false;
  state = State::Parenthesis;
  return setName(name);
}

bool Calls::setName(Text name) {
  if (name.bytes == 0 || name.bytes > mostName)
    return fail("the name of a function, of at most 127 bytes");
  functionBytes = uint8_t(name.bytes);
  memcpy(function, name.at, name.bytes);
  return true;
}

// Between the items of a list, a tuple or a mapping.
void Calls::beginItem() {
  if (depth == 0)
    return;
  Level &top = levels[depth - 1];
  bool isSequence = top.closed == Closed::List || top.closed == Closed::Parens;
  if (state == State::Value && !isSequence)
    return;
  if (top.closed == Closed::Object)
    top.start = out.size;
  else if (top.any)
    out.put(", ");
  top.any = true;
}

bool Calls::beginBracket(Closed closed, const char *bracket, State next) {
  if (depth == mostDepth)
    return fail("at most 128 lists and mappings within each other");
  ++at;
  beginItem();
  levels[depth++] = {out.size, closed, false, false};
  out.put(bracket);
  state = next;
  return true;
}

bool Calls::beginArgument() {
  if (look(0) == ')')
    return endBracket();
  Text name;
  if (!readName(name, "an argument by its name, as name=value, or ')'"))
    return false;
  beginItem();
  out.put("\"");
  out.putCharacters(name);
  out.put("\"");
  state = State::Equals;
  return true;
}

bool Calls::beginValue() {
  uint32_t prefix;
  if (isString(prefix))
    return beginString(prefix);
  switch (look(0)) {
  case '[':
    return beginBracket(Closed::List, "[", State::Value);
  case '(':
    return beginBracket(Closed::Parens, "[", State::Value);
  case '{':
    return beginBracket(Closed::Mapping, "{", State::Key);
  case ']':
  case ')':
    // Nothing between brackets, or a comma in front of the last.
    return endValue();
  default:
    return readScalar();
  }
}

bool Calls::beginKey() {
  uint32_t prefix;
  if (isString(prefix))
    return beginString(prefix);
  // As json.dumps does it with keys that are no strings.
  return look(0) == '}' ? endBracket() : readScalar();
}

bool Calls::endKey() {
  ++at;
  state = State::Value;
  const Level &top = levels[depth - 1];
  if (top.closed != Closed::Object) {
    out.put(": ");
    return true;
  }
  Text key = {out.memory + top.start, out.size - top.start};
  member = equal(key, text("name")) ? Member::Name
           : equal(key, text("arguments")) || equal(key, text("parameters"))
               ? Member::Arguments
               : Member::Other;
  out.size = top.start;
  plain = false;
  return true;
}

bool Calls::endValue() {
  if (depth == 0) {
    state = State::End;
    return true;
  }
  Level &top = levels[depth - 1];
  // Behind "(" and "[" only what closes it.
  bool behind = state == State::BehindValue;
  if (behind && top.closed == Closed::Object && !endMember())
    return false;
  bool isMapping = top.closed >= Closed::Mapping;
  char closing = isMapping ? '}' : top.closed == Closed::List ? ']' : ')';
  char c = look(0);
  if (c == closing &&
      (behind || top.closed == Closed::List || top.closed == Closed::Parens))
    return endBracket();
  if (!behind)
    return fail(aValue);
  if (c != ',')
    return fail(isMapping        ? "',' or '}'"
                : closing == ']' ? "',' or ']'"
                                 : "',' or ')'");
  ++at;
  top.comma = true;
  state = isMapping                         ? State::Key
          : top.closed == Closed::Arguments ? State::Argument
                                            : State::Value;
  return true;
}

bool Calls::endBracket() {
  ++at;
  const Level &level = levels[--depth];
  state = State::BehindValue;
  bool isList = level.closed == Closed::List || level.closed == Closed::Parens;
  if (level.closed == Closed::Parens && !level.comma && level.any &&
      !out.full) {
    // A value in parentheses.
    --out.size;
    char *from = out.memory + level.start;
    memmove(from, from + 1, out.size - level.start);
    return true;
  }
  called = level.closed == Closed::Arguments || level.closed == Closed::Object;
  if (called) {
    state = State::BehindCall;
    if (functionBytes == 0)
      return fail("\"name\": the name of the function");
  }
  if (level.closed != Closed::Object)
    out.put(isList ? "]" : "}");
  else if (out.size == 0)
    out.put("{}");
  return true;
}

// A member of a call as JSON is read, and stands at the end of `out`.
bool Calls::endMember() {
  uint32_t from = levels[depth - 1].start;
  Text value = {out.memory + from, out.size - from};
  out.size = from;
  if (member == Member::Name)
    return setName({value.at, plain ? value.bytes : 0});
  return member == Member::Other || setArguments(value);
}

// To a mapping, or to a string that says one, behind the end of `out`.
bool Calls::setArguments(Text value) {
  if (plain) {
    char *behind = out.memory + out.size + value.bytes;
    Calls inner(What::Value, behind,
                uint32_t(out.memory + out.capacity - behind));
    inner.isJson = true;
    inner.read({value.at, value.bytes, true});
    if (inner.out.full)
      return fail(tooLong);
    value = {behind, inner.problem ? 0 : inner.out.size};
  } else if (value.at[0] == 'n') {
    return true;
  }
  if (value.bytes == 0 || value.at[0] != '{')
    return fail("a mapping of arguments, or a string that says one");
  memmove(out.memory, value.at, value.bytes);
  out.size = value.bytes;
  return true;
}

} // namespace lfm2rt
