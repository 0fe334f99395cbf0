#include "runtime/grammar/Grammar.h"
#include "runtime/grammar/Automaton.h"
#include "runtime/grammar/Gbnf.h"
#include "runtime/grammar/Regex.h"
#include "runtime/grammar/Schema.h"
#include "runtime/grammar/Tools.h"
#include "runtime/json/Reader.h"
#include "runtime/src/Message.h"

using namespace lfm2rt;
using namespace lfm2rt::grammar;

namespace lfm2rt {
namespace grammar {

// The value that a text is; nullptr: it is none, or there was no memory.
static const Value *readText(Arena &arena, const char *what, Text text,
                             lfm2rt_error *error) {
  JsonError wrong;
  const Value *value = readJson(arena, text, wrong);
  if (!value && !arena.overflowed()) {
    const Place place = placeOf(text, wrong.at);
    Failure(error, LFM2RT_INVALID_ARGUMENT)
        << what << ", line " << place.line << ", column " << place.column
        << ": expected " << wrong.expected
        << ", found something else; write JSON";
  }
  return value;
}

constexpr size_t conflictRoom = 200;

static Rule *readRules(Syntax &syntax, const lfm2rt_form &form, Text text,
                       const lfm2_tokenizer *tokenizer, char *conflict,
                       lfm2rt_error *error) {
  switch (form.kind) {
  case LFM2RT_FORM_GBNF:
    return readGbnf(syntax, text, tokenizer, error);
  case LFM2RT_FORM_REGEX: {
    Node *body = readRegex(syntax, text, RegexForm(), error);
    return body ? syntax.newRule({"", 0}, 0, body) : nullptr;
  }
  case LFM2RT_FORM_JSON_SCHEMA:
  case LFM2RT_FORM_TOOLS: {
    const bool isSchema = form.kind == LFM2RT_FORM_JSON_SCHEMA;
    const Value *value =
        readText(syntax.arena, isSchema ? "schema" : "tools", text, error);
    if (!value)
      return nullptr;
    JsonForm json(syntax, form.flags);
    if (!isSchema) {
      Node *body = readTools(json, *value, form, tokenizer, error);
      return body ? syntax.newRule({"", 0}, 0, body) : nullptr;
    }
    SchemaReader reader(json, *value, "schema", {"", 0}, error);
    Rule *rule = reader.read();
    Message(conflict, conflictRoom) << reader.conflict();
    return rule;
  }
  default:
    Failure(error, LFM2RT_INVALID_ARGUMENT)
        << "expected a kind of grammar, LFM2RT_FORM_..., found " << form.kind
        << "; set `kind`";
    return nullptr;
  }
}

static lfm2rt_status explain(const Outcome &outcome, const char *conflict,
                             lfm2rt_error *error) {
  Failure failure(error, LFM2RT_INVALID_ARGUMENT);
  char name[80] = "";
  if (outcome.rule)
    Message(name, sizeof(name))
        .write(outcome.rule->name.at, outcome.rule->name.bytes);
  if (outcome.flaw == Flaw::Endless && conflict[0])
    return failure << "expected a schema that something meets, found "
                   << conflict << "; change what contradicts itself";
  switch (outcome.flaw) {
  case Flaw::TooLarge:
    failure << "expected a grammar of at most 16 million states, whose rules "
               "do not nest without order, found more; repeat less often";
    break;
  case Flaw::LeftRecursion:
    failure
        << "expected rules that read something before they call "
           "themselves, found that '"
        << static_cast<const char *>(name)
        << "' does not; write what is repeated in front, as in a ::= b a | b";
    break;
  default:
    failure << "expected rules that some text ends, found that none ends '"
            << static_cast<const char *>(name)
            << "'; give it an alternative without itself";
  }
  return failure;
}

lfm2rt_status compile(const lfm2rt_grammar **grammar, const lfm2rt_form &form,
                      Text text, const lfm2_tokenizer *tokenizer,
                      uint32_t vocabulary, void *memory, uint64_t bytes,
                      lfm2rt_error *error) {
  if (text.bytes > 0x7fffffff)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a grammar of less than 2 GiB, found " << text.bytes
           << " bytes; write a shorter one";
  Arena arena(memory, bytes);
  Syntax syntax(arena);
  char conflict[conflictRoom] = "";
  Rule *root = readRules(syntax, form, text, tokenizer, conflict, error);
  Outcome outcome = {Flaw::Full};
  if (root && form.flags & LFM2RT_FORM_AFTER_THINKING) {
    const uint32_t token = tokenOf(tokenizer, lfm2rt::text("</think>"));
    if (token == noToken)
      return Failure(error, LFM2RT_INVALID_ARGUMENT)
             << "expected a model with the token </think>, found one without; "
                "leave LFM2RT_FORM_AFTER_THINKING out";
    const Range lineEnd = {'\n', '\n'};
    root = syntax.newRule(
        {"", 0}, 0,
        upTo(
            syntax, token, false,
            syntax.sequence(syntax.repeat(syntax.set(&lineEnd, 1, false), 0, 2),
                            syntax.call(root))));
  }
  if (root)
    outcome =
        makeImage(syntax, root, vocabulary, form.kind == LFM2RT_FORM_GBNF);
  else if (!syntax.overflowed())
    return LFM2RT_INVALID_ARGUMENT;
  if (outcome.flaw == Flaw::Full)
    return Failure(error, LFM2RT_NO_MEMORY, 2 * bytes)
           << "expected more than " << bytes
           << " bytes of memory for the grammar; give twice as much";
  if (outcome.flaw != Flaw::None)
    return explain(outcome, conflict, error);
  memmove(memory, outcome.image, outcome.image->bytes);
  *grammar = static_cast<lfm2rt_grammar *>(memory);
  return LFM2RT_OK;
}

} // namespace grammar
} // namespace lfm2rt

extern "C" uint64_t lfm2rt_grammar_size(size_t length) {
  return (uint64_t(4) << 20) + 256 * alignUp(length, 8);
}

extern "C" lfm2rt_status
lfm2rt_grammar_create_for(const lfm2rt_grammar **grammar, const void *tokenizer,
                          uint64_t tokenizer_bytes, uint32_t vocabulary,
                          const lfm2rt_form *form, const char *text,
                          size_t length, void *memory, uint64_t bytes,
                          lfm2rt_error *error) {
  lfm2_tokenizer open;
  const int outcome = lfm2_tokenizer_open(
      &open, static_cast<const uint8_t *>(tokenizer), tokenizer_bytes);
  if (outcome != LFM2_TOKENIZER_OK)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected tables of a tokenizer, found others: "
           << lfm2_tokenizer_open_message(outcome) << "; make them again";
  return compile(grammar, *form, {text, uint32_t(length)}, &open, vocabulary,
                 memory, bytes, error);
}

extern "C" uint64_t lfm2rt_grammar_used(const lfm2rt_grammar *grammar) {
  return grammar->bytes;
}
