#include "runtime/grammar/Tools.h"
#include "runtime/grammar/Schema.h"
#include "runtime/src/Message.h"

namespace lfm2rt {
namespace grammar {

uint32_t tokenOf(const lfm2_tokenizer *tokenizer, Text text) {
  uint8_t work[2048];
  int32_t id;
  const int64_t count =
      tokenizer ? lfm2_tokenizer_encode(tokenizer, text.at, text.bytes,
                                        LFM2_TOKENIZE_PARSE_SPECIAL, &id, 1,
                                        work, sizeof(work))
                : 0;
  return count == 1 ? uint32_t(id) : noToken;
}

// A text that does not have the marker in it, as a state for each length of
// what it ends with and the marker starts with. The marker is ASCII.
static Node *withoutMarker(Syntax &syntax, Text marker, bool mayEnd,
                           Node *then) {
  constexpr uint32_t mostMarker = 32;
  Rule *rules[mostMarker];
  for (uint32_t i = 0; i < marker.bytes; ++i)
    rules[i] = syntax.newRule({"", 0}, 0, nullptr);
  for (uint32_t i = 0; i < marker.bytes; ++i) {
    Node *choice = syntax.choice();
    Range letters[mostMarker];
    uint32_t count = 0;
    if (mayEnd)
      syntax.add(choice, syntax.sequence());
    for (uint32_t k = 0; k <= i; ++k) {
      const Range letter = {uint8_t(marker.at[k]), uint8_t(marker.at[k])};
      bool isNew = true;
      for (uint32_t j = 0; j < count; ++j)
        isNew &= letters[j].low != letter.low;
      if (!isNew)
        continue;
      letters[count++] = letter;
      // The longest start of the marker that the text then ends with.
      uint32_t length = i + 1;
      for (; length > 0; --length)
        if (uint8_t(marker.at[length - 1]) == letter.low &&
            memcmp(marker.at, marker.at + (i + 1 - length), length - 1) == 0)
          break;
      Node *next = length == marker.bytes ? then : syntax.call(rules[length]);
      syntax.add(choice, syntax.sequence(syntax.set(&letter, 1, false), next));
    }
    syntax.add(choice, syntax.sequence(syntax.set(letters, count, true),
                                       syntax.call(rules[0])));
    rules[i]->body = choice;
  }
  return syntax.call(rules[0]);
}

Node *upTo(Syntax &syntax, const lfm2_tokenizer *tokenizer, Text marker,
           bool mayEnd, Node *then) {
  const uint32_t id = tokenOf(tokenizer, marker);
  if (id == noToken)
    return withoutMarker(syntax, marker, mayEnd, then);
  Node *rest = syntax.sequence(syntax.token(id, false), then);
  return syntax.sequence(syntax.repeat(syntax.token(id, true), 0, noLimit),
                         mayEnd ? syntax.optional(rest) : rest);
}

// A token, or its text where there is none.
static Node *marker(Syntax &syntax, const lfm2_tokenizer *tokenizer,
                    Text text) {
  const uint32_t id = tokenOf(tokenizer, text);
  return id == noToken ? syntax.bytes(text) : syntax.token(id, false);
}

static bool isName(Text text) {
  for (uint32_t i = 0; i < text.bytes; ++i) {
    const char c = text.at[i], letter = c | 0x20;
    if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
        c != '_' && c != '-' && c != '.')
      return false;
  }
  return text.bytes > 0;
}

Node *readTools(JsonForm &json, const Value &tools, const lfm2rt_form &form,
                const lfm2_tokenizer *tokenizer, lfm2rt_error *error) {
  Syntax &syntax = json.syntax;
  const char *choice = form.tool ? form.tool : "auto";
  const bool isAuto = equal(choice, "auto");
  const bool isOne = !isAuto && !equal(choice, "required");
  const Value nothing = makeMapping(nullptr, 0);
  Node *calls = syntax.choice();
  const uint32_t count = tools.kind == Kind::List ? tools.size : 0;
  for (uint32_t i = 0; i < count && !syntax.overflowed(); ++i) {
    // The function, or what it is wrapped in.
    const Value *function = find(tools.values[i], text("function"));
    if (!function)
      function = &tools.values[i];
    const Value *name = find(*function, text("name"));
    if (!name || name->kind != Kind::String || !isName(name->text()))
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
                 << "tools, #/" << i
                 << ": expected a tool with a name of letters, digits, '_', "
                    "'-' and '.', found none; write {\"type\": \"function\", "
                    "\"function\": {\"name\": ...}}",
             nullptr;
    if (isOne && !equal(name->text(), Text{choice, uint32_t(length(choice))}))
      continue;
    char *what = static_cast<char *>(syntax.arena.take(100, 1));
    if (!what)
      return nullptr;
    Message(what, 100).write("tool ", 5).write(name->bytes, name->size);
    const Value *parameters = find(*function, text("parameters"));
    SchemaReader reader(json, parameters ? *parameters : nothing, what,
                        name->text(), error);
    Node *call;
    if (form.flags & LFM2RT_FORM_JSON_CALLS) {
      Rule *read = parameters ? reader.read() : nullptr;
      if (parameters && !read)
        return nullptr;
      Node *arguments = read ? syntax.call(read) : json.literal("{}");
      Node *members = syntax.make(Op::Members);
      syntax.add(members, json.separator());
      syntax.add(members,
                 syntax.member(
                     json.key(text("name")),
                     syntax.sequence(json.colon(), json.written(*name)), true));
      syntax.add(members,
                 syntax.member(json.key(text("arguments")),
                               syntax.sequence(json.colon(), arguments), true));
      call = json.mapping(false, [&] { return members; });
    } else {
      json.isPython = true;
      Node *arguments = reader.readArguments();
      json.isPython = false;
      if (!arguments)
        return nullptr;
      call = syntax.sequence(syntax.bytes(name->text()), json.literal("("),
                             syntax.sequence(arguments, json.literal(")")));
    }
    syntax.add(calls, call);
  }
  if (!calls->child)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
               << "expected a list of tools, with one that is to be called "
                  "('"
               << choice << "'), found none; declare it",
           nullptr;
  Node *list = json.inBrackets(
      "[", isOne ? calls : json.list(calls, 1, noLimit), "]", false);
  Node *all = syntax.sequence(
      list, marker(syntax, tokenizer, text("<|tool_call_end|>")));
  const Text start = text("<|tool_call_start|>");
  if (isAuto)
    return upTo(syntax, tokenizer, start, true, all);
  return syntax.sequence(marker(syntax, tokenizer, start), all);
}

} // namespace grammar
} // namespace lfm2rt
