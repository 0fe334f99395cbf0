#include "runtime/chat/Conversation.h"
#include "runtime/json/Reader.h"

namespace lfm2rt {

Value Conversation::read(const char *name, const char *text, uint64_t bytes,
                         Kind kind) {
  if (!text || heap.ended())
    return Value();
  char buffer[160];
  Message message(buffer, sizeof(buffer));
  if (bytes > UINT32_MAX) {
    message << name << ": expected less than 4 GiB of JSON, found more";
    return heap.fail(buffer);
  }
  JsonError wrong;
  Text json = {text, uint32_t(bytes)};
  const Value *value = readJson(arena, json, wrong);
  if (arena.overflowed()) {
    heap.status = LFM2RT_NO_MEMORY;
    return Value();
  }
  if (value && value->kind == kind)
    return *value;
  Place place = placeOf(json, wrong.at);
  message << name << ", line " << place.line << ", column " << place.column
          << ": expected "
          << (!value               ? wrong.expected
              : kind == Kind::List ? "a list"
                                   : "an object")
          << (value ? ", found another value" : ", found something else");
  return heap.fail(buffer);
}

Value Conversation::foreign(const Value &value) {
  if (given.flags & LFM2RT_CHAT_TRUSTED)
    return value;
  Rewriter rewriter{heap, &form};
  return rewriter.rewrite(value);
}

static const Value *memberOf(const Value &value, Text name) {
  return value.kind == Kind::Mapping ? find(value, name) : nullptr;
}

// The trees were just read, and are ours to change.
static void set(const Value *place, const Value &value) {
  *const_cast<Value *>(place) = value;
}

// OpenAI gives arguments as a string; templates want what it says.
void Conversation::readArguments(const Value &calls) {
  for (uint32_t i = 0; calls.kind == Kind::List && i < calls.size; ++i) {
    const Value *function = memberOf(calls.values[i], text("function"));
    const Value *arguments =
        memberOf(function ? *function : calls.values[i], text("arguments"));
    if (!arguments || arguments->kind != Kind::String)
      continue;
    JsonError wrong;
    const Value *said = readJson(arena, arguments->text(), wrong);
    if (said && said->kind == Kind::Mapping)
      set(arguments, *said);
  }
  if (arena.overflowed())
    heap.status = LFM2RT_NO_MEMORY;
}

// Roles often are part of a control token's spelling, as in '<|' + role + '|>'.
static bool isPlainName(Text name) {
  bool plain = true;
  for (uint32_t i = 0; i < name.bytes; ++i) {
    uint32_t c = uint8_t(name.at[i]), lower = c | 0x20;
    plain &= (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') ||
             c == '_' || c == '-';
  }
  return plain;
}

Value Conversation::message(const Value &said, uint32_t number) {
  const Value *role = memberOf(said, text("role"));
  if (!role || role->kind != Kind::String) {
    char buffer[100];
    Message(buffer, sizeof(buffer)) << "messages: expected at /" << number
                                    << " an object with a role, found none";
    return heap.fail(buffer);
  }
  // Members that are null are left out. Reasoning gets two more names.
  static const Text reasonings[] = {text("reasoning_content"), text("thinking"),
                                    text("reasoning")};
  const Value *reasoning = nullptr;
  for (Text name : reasonings) {
    const Value *found = reasoning ? nullptr : find(said, name);
    if (found && found->kind != Kind::Null)
      reasoning = found;
  }
  if (const Value *calls = find(said, text("tool_calls")))
    readArguments(*calls);
  auto *members = heap.take<Member>(uint64_t(said.size) + 2);
  if (!members)
    return Value();
  uint32_t count = 0;
  const auto add = [&](Text name, const Value &value) {
    members[count++] = {name.at, name.bytes, 0, value};
  };
  if (reasoning)
    add(reasonings[1], *reasoning);
  for (uint32_t i = 0; i < said.size; ++i)
    if (said.members[i].value.kind != Kind::Null)
      add(said.members[i].name(), said.members[i].value);
  if (reasoning)
    add(reasonings[0], *reasoning);
  Value whole = makeMapping(members, count);
  if (equal(role->text(), text("assistant")))
    return whole;
  whole = foreign(whole);
  if (!heap.ended() && isPlainName(role->text()))
    set(findMember(whole, text("role")), *role);
  return whole;
}

void Conversation::markEnd(const Value &said) {
  const Value *content = findMember(said, text("content"));
  if (content && content->kind == Kind::List) {
    const Value *parts = content;
    content = nullptr;
    for (uint32_t i = parts->size; i > 0 && !content; --i)
      if (parts->values[i - 1].kind == Kind::Mapping)
        content = findMember(parts->values[i - 1], text("text"));
  }
  if (!content || content->kind != Kind::String) {
    heap.fail(
        "messages: expected text in the last one to be continued, found none");
    return;
  }
  TextBuilder marked(heap);
  marked.put(content->text());
  marked.put(endOfContent);
  set(content, marked.value());
}

Surroundings Conversation::prepare() {
  Surroundings around;
  around.clock = {given.now, given.utc_offset};
  around.addGenerationPrompt = given.flags & LFM2RT_CHAT_ANSWER;
  if (given.flags & LFM2RT_CHAT_CONTINUE && around.addGenerationPrompt)
    heap.fail(
        "expected LFM2RT_CHAT_ANSWER or LFM2RT_CHAT_CONTINUE, found both");
  if (!given.messages)
    heap.fail("messages: expected a list, found nothing");
  around.messages =
      read("messages", given.messages, given.messages_bytes, Kind::List);
  around.tools = read("tools", given.tools, given.tools_bytes, Kind::List);
  around.variables =
      read("variables", given.variables, given.variables_bytes, Kind::Mapping);
  around.tools = foreign(around.tools);
  around.variables = foreign(around.variables);
  const Value &messages = around.messages;
  for (uint32_t i = 0; i < messages.size && !heap.ended(); ++i)
    set(messages.values + i, message(messages.values[i], i));
  if (given.flags & LFM2RT_CHAT_CONTINUE && !heap.ended()) {
    if (messages.size == 0)
      heap.fail("messages: expected one to be continued, found none");
    else
      markEnd(messages.values[messages.size - 1]);
  }
  return around;
}

} // namespace lfm2rt
