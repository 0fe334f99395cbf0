#include "runtime/chat/Machine.h"
#include "runtime/json/Reader.h"
#include "runtime/json/Utf8.h"

namespace lfm2rt {

// A run that goes beyond these is taken for one without end. A conversation of
// a megabyte takes some tens of megabytes, and a step for every few of its
// bytes.
static constexpr uint64_t mostBytes = 1u << 28;
static constexpr uint64_t mostSteps = 1u << 24;

void *Machine::takeBytes(uint64_t bytes, uint64_t alignment) {
  if (ended())
    return nullptr;
  if (bytes > mostBytes || arena.used() > mostBytes) {
    fail(LFM2_MESSAGE_MEMORY);
    return nullptr;
  }
  void *memory = arena.take(bytes, alignment);
  if (!memory)
    status = LFM2RT_NO_MEMORY;
  return memory;
}

bool Machine::count(uint64_t more, uint32_t nesting) {
  steps += more;
  if (steps > mostSteps)
    fail(LFM2_MESSAGE_STEPS);
  if (nesting > mostNesting)
    fail(LFM2_MESSAGE_DEPTH);
  return ended();
}

// --- Messages ---

// Without the marks of foreign characters.
static Message &operator<<(Message &message, Text text) {
  for (Letters letters(text); !letters.atEnd();) {
    char bytes[4];
    message.write(bytes, encodeCharacter(letters.next(), bytes));
  }
  return message;
}

// The first thing that goes wrong is what is told; for all else there is no
// room.
Message Machine::begin() {
  bool first = !ended() && error;
  Message text(first ? error->message : nullptr,
               first ? sizeof(error->message) : 0);
  if (!ended()) {
    status = LFM2RT_INVALID_ARGUMENT;
    if (error) {
      error->status = status;
      error->needed = 0;
    }
  }
  if (line)
    text << message(LFM2_MESSAGE_LINE) << line
         << message(LFM2_MESSAGE_TEMPLATE);
  return text;
}

Value Machine::fail(uint32_t number, Text detail) {
  Message text = begin();
  text << message(number) << detail;
  return Value();
}

Value Machine::expected(uint32_t wanted, const Value &found) {
  Message text = begin();
  text << message(LFM2_MESSAGE_EXPECTED) << message(wanted)
       << message(LFM2_MESSAGE_FOUND) << message(uint8_t(found.kind));
  if (found.kind == undefinedKind)
    text << found.text();
  return Value();
}

bool Machine::check(const Value &value, uint32_t kinds) {
  if (has(value, kinds))
    return true;
  expected(31u - uint32_t(__builtin_clz(kinds | 1)), value);
  return false;
}

// --- What the caller gave ---

void Machine::read(const char *name, const char *text, uint64_t bytes,
                   Kind kind, Value &to) {
  if (!text || ended())
    return;
  JsonError wrong;
  wrong.expected = "less than 4 GiB of JSON";
  Text json = {text, uint32_t(bytes)};
  const Value *value =
      bytes > UINT32_MAX ? nullptr : readJson(arena, json, wrong);
  if (arena.overflowed()) {
    status = LFM2RT_NO_MEMORY;
  } else if (value && value->kind == kind) {
    to = *value;
  } else {
    Place at = placeOf(json, wrong.at);
    Message said = begin();
    said << name << message(LFM2_MESSAGE_AT_LINE) << at.line
         << message(LFM2_MESSAGE_AT_COLUMN) << at.column
         << message(LFM2_MESSAGE_NOT_JSON);
    if (value)
      said << message(uint32_t(kind));
    else
      said << wrong.expected;
  }
}

Text Machine::run() {
  read("messages", given.messages ? given.messages : "", given.messages_bytes,
       Kind::List, messages);
  read("tools", given.tools, given.tools_bytes, Kind::List, tools);
  variables = makeValue(Kind::Mapping, nullptr);
  read("variables", given.variables, given.variables_bytes, Kind::Mapping,
       variables);
  stack = take<Value>(mostValues + 1);
  calls = take<Call>(mostCalls);
  if (!(given.flags & LFM2RT_CHAT_TRUSTED)) {
    bool seen = false;
    tools = rewrite(tools, As::Foreign, seen);
    variables = rewrite(variables, As::Foreign, seen);
  }
  if (!ended())
    enter(0, nullptr, nullptr, 0);
  while (!ended() && numCalls > 0)
    step();
  line = 0;
  return ended() ? Text{"", 0} : stack[0].text();
}

// --- Builders ---

void TextBuilder::put(Text text) {
  if (text.bytes == 0)
    return;
  auto *to = machine.take<char>(text.bytes);
  if (!to)
    return;
  memcpy(to, text.at, text.bytes);
  if (bytes == 0)
    start = to;
  bytes += text.bytes; // An arena has at most 2^30 of them, and then some.
}

void TextBuilder::putLetter(uint32_t code, bool foreign) {
  char letter[4] = {char(0xc0 | code >> 6), char(0x80 | (code & 0x3f))};
  put({letter, foreign ? 2 : encodeCharacter(code, letter)});
}

void ListBuilder::add(Machine &machine, Growing &list, const Value &value) {
  if (list.size == list.capacity) {
    uint32_t capacity = list.capacity * 2 + 8;
    auto *larger = machine.take<Value>(capacity);
    if (!larger)
      return;
    if (list.size)
      memcpy(larger, list.values, list.size * sizeof(Value));
    list.values = larger;
    list.capacity = capacity;
  }
  list.values[list.size++] = value;
}

} // namespace lfm2rt
