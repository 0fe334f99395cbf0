#include "runtime/grammar/JsonForm.h"
#include "runtime/grammar/Gbnf.h"
#include "runtime/include/lfm2rt/constraint.h"
#include "runtime/json/Writer.h"

namespace lfm2rt {
namespace grammar {

namespace {

const char spaced[] = "ws::=\"\"\ncomma::=\", \"\ncolon::=\": \"";
const char compact[] = "ws::=\"\"\ncomma::=\",\"\ncolon::=\":\"";
const char anySpace[] =
    "ws::=[ \\t\\r\\n]*\ncomma::=ws\",\"ws\ncolon::=ws\":\"ws";

// \u names no half of a pair alone. Models that begin with digits may not find
// an end, so numbers have some.
const char json[] =
    "hex::=[0-9A-Fa-f]\n"
    "char::=[^\"\\\\\\x00-\\x1f]|\"\\\\\"([\"\\\\/bfnrt]|\"u\"("
    "[0-9A-CE-Fa-ce-f]hex{3}|[Dd]([0-7]hex{2}|"
    "[89ABab]hex{2}\"\\\\u\"[Dd][C-Fc-f]hex{2})))\n"
    "string::=\"\\\"\"char*\"\\\"\"\n"
    "integer::=\"-\"?(\"0\"|[1-9][0-9]{0,17})\n"
    "number::=integer(\".\"[0-9]{1,17})?([eE][+-]?[0-9]{1,3})?\n"
    "member::=string colon value\n"
    "object::=\"{\"ws(member(comma member)*)?ws\"}\"\n"
    "value::=number|\"true\"|\"false\"|\"null\"|string|object|"
    "\"[\"ws(value(comma value)*)?ws\"]\"\n"
    "py-char::=[^'\\\\\\x00-\\x1f]|\"\\\\\"[\"'\\\\nrt]\n"
    "py-string::=string|\"'\"py-char*\"'\"\n"
    "py-value::=number|\"True\"|\"False\"|\"None\"|py-string|object|"
    "\"[\"ws(py-value(comma py-value)*)?ws\"]\"";

struct Buffer {
  Arena &arena;
  char *bytes;
  uint32_t count = 0;

  explicit Buffer(Arena &arena)
      : arena(arena), bytes(static_cast<char *>(arena.take(0, 1))) {}
};

void collect(const char *text, uint64_t bytes, void *user) {
  auto &buffer = *static_cast<Buffer *>(user);
  if (!buffer.arena.take(bytes, 1))
    return;
  memcpy(buffer.bytes + buffer.count, text, size_t(bytes));
  buffer.count += uint32_t(bytes);
}

} // namespace

JsonForm::JsonForm(Syntax &syntax, uint32_t flags)
    : syntax(syntax), flags(flags) {
  if (flags & LFM2RT_FORM_ANY_SPACE)
    readRules(syntax, text(anySpace));
  else if (flags & LFM2RT_FORM_COMPACT)
    readRules(syntax, text(compact));
  else
    readRules(syntax, text(spaced));
  readRules(syntax, text(json));
}

Node *JsonForm::literal(const char *text) {
  return syntax.bytes({text, uint32_t(length(text))});
}

Node *JsonForm::named(const char *rule) {
  return syntax.call(syntax.rule({rule, uint32_t(length(rule))}, 0));
}

Node *JsonForm::quoted(Node *inside) {
  return syntax.sequence(literal("\""), inside, literal("\""));
}

Node *JsonForm::string(uint32_t low, uint32_t high) {
  Node *json = quoted(syntax.repeat(named("char"), low, high));
  if (!isPython)
    return json;
  Node *choice = syntax.choice();
  syntax.add(choice, json);
  syntax.add(choice, syntax.sequence(literal("'"),
                                     syntax.repeat(named("py-char"), low, high),
                                     literal("'")));
  return choice;
}

Node *JsonForm::list(Node *item, uint32_t low, uint32_t high) {
  Node *one = syntax.call(syntax.newRule({"", 0}, 0, item));
  Node *more = syntax.sequence(named("comma"), syntax.call(one->rule));
  return syntax.sequence(
      one, syntax.repeat(more, low - 1, high == noLimit ? high : high - 1));
}

Node *JsonForm::inBrackets(const char *open, Node *content, const char *close,
                           bool mayBeEmpty) {
  Node *all = syntax.sequence(literal(open), named("ws"));
  if (content) {
    syntax.add(all, mayBeEmpty ? syntax.optional(content) : content);
    syntax.add(all, named("ws"));
  }
  syntax.add(all, literal(close));
  // A rule of its own, so that trees stay flat.
  return syntax.call(syntax.newRule({"", 0}, 0, all));
}

Node *JsonForm::written(const Value &value) {
  if (isPython && value.kind == Kind::Null)
    return literal("None");
  if (isPython && value.kind == Kind::Bool)
    return literal(value.truth ? "True" : "False");
  JsonStyle style;
  style.ensureAscii = false;
  if (flags & LFM2RT_FORM_COMPACT)
    style = JsonStyle::compact();
  Buffer buffer(syntax.arena);
  writeJson(value, style, collect, &buffer);
  return syntax.bytes({buffer.bytes, buffer.count});
}

Text JsonForm::key(Text name) {
  Buffer buffer(syntax.arena);
  writeJsonString(name, false, collect, &buffer);
  return {buffer.bytes, buffer.count};
}

} // namespace grammar
} // namespace lfm2rt
