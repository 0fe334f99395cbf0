#include "runtime/grammar/Tools.h"
#include "runtime/grammar/Schema.h"
#include "runtime/src/Message.h"

namespace lfm2rt {
namespace grammar {

static bool isName(Text text) {
  for (uint32_t i = 0; i < text.bytes; ++i) {
    const char c = text.at[i], letter = c | 0x20;
    if (!(letter >= 'a' && letter <= 'z') && !(c >= '0' && c <= '9') &&
        c != '_' && c != '-' && c != '.')
      return false;
  }
  return text.bytes > 0;
}

Node *upTo(Syntax &syntax, uint32_t token, bool mayEnd, Node *then) {
  Node *rest = syntax.sequence(syntax.token(token, false), then);
  return syntax.sequence(syntax.repeat(syntax.token(token, true), 0, noLimit),
                         mayEnd ? syntax.optional(rest) : rest);
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
    Message message(what, 100);
    (message << "tool " << i << " (").write(name->bytes, name->size) << ")";
    const Value *parameters = find(*function, text("parameters"));
    SchemaReader reader(json, parameters ? *parameters : nothing, what,
                        {what, uint32_t(length(what))}, error);
    Node *call;
    if (form.flags & LFM2RT_FORM_JSON_CALLS) {
      Rule *read = parameters ? reader.read() : nullptr;
      if (parameters && !read)
        return nullptr;
      Node *arguments = read ? syntax.call(read) : json.literal("{}");
      Node *members = syntax.make(Op::Members);
      syntax.add(members, json.named("comma"));
      syntax.add(members, syntax.member(json.key(text("name")),
                                        syntax.sequence(json.named("colon"),
                                                        json.written(*name)),
                                        true));
      syntax.add(members,
                 syntax.member(json.key(text("arguments")),
                               syntax.sequence(json.named("colon"), arguments),
                               true));
      call = json.inBrackets("{", members, "}", false);
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
  const uint32_t start = tokenOf(tokenizer, text("<|tool_call_start|>"));
  const uint32_t end = tokenOf(tokenizer, text("<|tool_call_end|>"));
  if (start == noToken || end == noToken)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
               << "expected a model with the tokens <|tool_call_start|> and "
                  "<|tool_call_end|>, found one without; take another, or "
                  "write a grammar",
           nullptr;
  Node *all = syntax.sequence(
      json.inBrackets("[", isOne ? calls : json.list(calls, 1, noLimit), "]",
                      false),
      syntax.token(end, false));
  return isAuto ? upTo(syntax, start, true, all)
                : syntax.sequence(syntax.token(start, false), all);
}

} // namespace grammar
} // namespace lfm2rt
