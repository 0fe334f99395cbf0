// Brackets, words and calls; what stands in a string and a number is in
// Scalars.cpp.
#include "runtime/tools/Calls.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {

void JsonText::put(const char *text, uint64_t bytes) {
  full |= bytes > capacity - size;
  if (full)
    return;
  memcpy(memory + size_t(size), text, size_t(bytes));
  size += bytes;
}

void JsonText::putCharacters(Text text) {
  writeJsonCharacters(
      text, false,
      [](const char *piece, uint64_t bytes, void *user) {
        static_cast<JsonText *>(user)->put(piece, bytes);
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

uint64_t Calls::drop() {
  uint64_t bytes = at;
  at = 0;
  out.size = 0;
  functionBytes = 0;
  return bytes;
}

uint64_t Calls::settled() const {
  // What may be a value in parentheses may lose its bracket, and the arguments
  // of a call as JSON may be replaced, until it ends.
  for (uint32_t i = 0; i < depth; ++i)
    if (levels[i].closed == Closed::Object ||
        (levels[i].closed == Closed::Parens && !levels[i].comma))
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

bool Calls::step() {
  if (state == State::Inside)
    return readCharacter();
  skipSpace();
  if (!whole && (!has(1) || (peek() == '\\' && !has(2))))
    return wait();
  char c = peek();
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
    return has(1) ? fail("the end of the calls") : false;
  }
}

// White space, and a backslash at the end of a line.
void Calls::skipSpace() {
  for (; has(1); ++at) {
    char c = source[at];
    bool continues = c == '\\' && has(2) &&
                     (source[at + 1] == '\n' || source[at + 1] == '\r');
    if (c != ' ' && (c < '\t' || c > '\r') && !continues)
      return;
  }
}

// Letters, digits and what names have: models are offered functions whose names
// are none in Python.
static bool isOfWord(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
         c == '_' || c == '.' || c == '-' || c == '+' || c == '$' || c == '@' ||
         c == '/' || (c & 0x80);
}

// Whether a word begins as a name does.
static bool isName(Text word) {
  char c = word.bytes ? word.at[0] : '.';
  return c == '$' || c > '9' || c & 0x80;
}

// The word at the place, which may be empty; it stays there.
bool Calls::readWord(Text &word) {
  word = {source + at, 0};
  while (has(word.bytes + 1) && isOfWord(word.at[word.bytes])) {
    if (++word.bytes > mostWord)
      return fail("a name or a number of at most 255 bytes");
  }
  return whole || has(word.bytes + 1) || wait();
}

bool Calls::beginCall() {
  // Where the block ends here, it has one comma or bracket too many or too few.
  if (!has(1))
    return false;
  if (bracketed && peek() == ']') {
    ++at;
    state = State::End;
    return true;
  }
  isJson = peek() == '{';
  if (isJson)
    return beginBracket(Closed::Object, "", State::Key);
  Text word;
  if (!readWord(word))
    return false;
  if (!isName(word))
    return fail("a call, as name(argument=value), or the end of the calls");
  at += word.bytes;
  state = State::Parenthesis;
  return setName(word);
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
    top.start = uint32_t(out.size);
  else if (top.any)
    out.put(", ");
  top.any = true;
}

bool Calls::beginBracket(Closed closed, const char *bracket, State next) {
  if (depth == mostDepth)
    return fail("at most 128 lists and mappings within each other");
  ++at;
  beginItem();
  levels[depth++] = {uint32_t(out.size), closed, false, false};
  out.put(bracket);
  state = next;
  return true;
}

bool Calls::beginArgument() {
  if (peek() == ')')
    return endBracket();
  Text word;
  if (!readWord(word))
    return false;
  if (!isName(word))
    return fail("an argument by its name, as name=value, or ')'");
  at += word.bytes;
  beginItem();
  out.put("\"");
  out.putCharacters(word);
  out.put("\"");
  state = State::Equals;
  return true;
}

bool Calls::beginValue() {
  uint32_t prefix;
  if (isString(prefix))
    return beginString(prefix);
  switch (peek()) {
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
    break;
  }
  Text word;
  return readWord(word) && readScalar(word);
}

bool Calls::beginKey() {
  uint32_t prefix;
  if (isString(prefix))
    return beginString(prefix);
  if (peek() == '}')
    return endBracket();
  // As json.dumps does it with keys that are no strings.
  Text word;
  return readWord(word) && readScalar(word);
}

bool Calls::endKey() {
  ++at;
  state = State::Value;
  Level &top = levels[depth - 1];
  if (top.closed != Closed::Object) {
    out.put(": ");
    return true;
  }
  Text key = {out.memory + top.start, uint32_t(out.size - top.start)};
  member =
      equal(key, text("\"name\"")) ? Member::Name
      : equal(key, text("\"arguments\"")) || equal(key, text("\"parameters\""))
          ? Member::Arguments
          : Member::Other;
  out.size = top.start;
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
  char closing = top.closed == Closed::List      ? ']'
                 : top.closed >= Closed::Mapping ? '}'
                                                 : ')';
  char c = peek();
  if (c == closing &&
      (behind || top.closed == Closed::List || top.closed == Closed::Parens))
    return endBracket();
  if (!behind)
    return fail(aValue);
  if (c != ',')
    return fail(closing == ']'   ? "',' or ']'"
                : closing == '}' ? "',' or '}'"
                                 : "',' or ')'");
  ++at;
  top.comma = true;
  state = top.closed == Closed::Arguments ? State::Argument
          : closing == '}'                ? State::Key
                                          : State::Value;
  return true;
}

bool Calls::endBracket() {
  ++at;
  const Level &level = levels[--depth];
  state = State::BehindValue;
  switch (level.closed) {
  case Closed::Parens:
    if (!level.comma && level.any && !out.full) {
      // A value in parentheses.
      --out.size;
      char *from = out.memory + level.start;
      memmove(from, from + 1, size_t(out.size - level.start));
      return true;
    }
    out.put("]");
    return true;
  case Closed::List:
    out.put("]");
    return true;
  case Closed::Mapping:
    out.put("}");
    return true;
  case Closed::Arguments:
    out.put("}");
    break;
  case Closed::Object:
    if (functionBytes == 0)
      return fail("\"name\": the name of the function");
    if (out.size == 0)
      out.put("{}");
    break;
  }
  state = State::BehindCall;
  called = true;
  return true;
}

// A member of a call as JSON is read, and stands at the end of `out`.
bool Calls::endMember() {
  uint64_t from = levels[depth - 1].start;
  Text value = {out.memory + from, uint32_t(out.size - from)};
  switch (member) {
  case Member::Name: {
    bool isPlain = value.at[0] == '"';
    for (uint32_t i = 0; i < value.bytes; ++i)
      isPlain &= value.at[i] != '\\';
    out.size = from;
    return setName({value.at + 1, isPlain ? value.bytes - 2 : 0});
  }
  case Member::Arguments:
    return setArguments(from);
  default:
    out.size = from;
    return true;
  }
}

// Undoes what JsonText::putCharacters() does. Returns the bytes.
static uint64_t unescape(char *text, uint64_t bytes) {
  uint64_t to = 0;
  for (uint64_t i = 0; i < bytes;) {
    char c = text[i++];
    if (c == '\\') {
      static const char names[] = "bfnrt", meant[] = "\b\f\n\r\t";
      c = text[i++];
      for (uint32_t n = 0; names[n]; ++n)
        if (c == names[n]) {
          c = meant[n];
          break;
        }
      if (c == 'u') {
        c = char((text[i + 2] - '0') * 16 + hexDigit(text[i + 3]));
        i += 4;
      }
    }
    text[to++] = c;
  }
  return to;
}

// The arguments are the last value of `out`: a mapping, or a string that says
// one.
bool Calls::setArguments(uint64_t from) {
  char *value = out.memory + from;
  uint64_t bytes = out.size - from;
  out.size = from;
  if (value[0] == '"') {
    uint64_t length = unescape(value + 1, bytes - 2);
    JsonText inner(value + bytes, out.capacity - from - bytes);
    Calls mapping(What::Value, inner);
    mapping.isJson = true;
    CallStep step = mapping.read({value + 1, length, true});
    if (inner.full)
      return fail(tooLong);
    value = inner.memory;
    bytes = step == CallStep::Done ? inner.size : 0;
  } else if (value[0] == 'n') {
    return true;
  }
  if (bytes == 0 || value[0] != '{')
    return fail("a mapping of arguments, or a string that says one");
  memmove(out.memory, value, size_t(bytes));
  out.size = bytes;
  return true;
}

} // namespace lfm2rt
