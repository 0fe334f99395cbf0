#include "runtime/grammar/Grammar.h"
#include "runtime/grammar/Automaton.h"
#include "runtime/grammar/Gbnf.h"
#include "runtime/grammar/Regex.h"
#include "runtime/grammar/Schema.h"
#include "runtime/json/Reader.h"
#include "runtime/src/Message.h"
#include "runtime/src/Model.h"

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
  case LFM2RT_FORM_JSON_SCHEMA: {
    const Value *schema = readText(syntax.arena, "schema", text, error);
    if (!schema)
      return nullptr;
    JsonForm json(syntax, form.flags);
    SchemaReader reader(json, *schema, "schema", {"", 0}, error);
    Rule *rule = reader.read();
    Message(conflict, conflictRoom) << reader.conflict();
    return rule;
  }
  }
  Failure(error, LFM2RT_INVALID_ARGUMENT)
      << "expected a kind of grammar, LFM2RT_FORM_..., found " << form.kind
      << "; set `kind`";
  return nullptr;
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
    failure << "expected a grammar of at most 16 million states, found more; "
               "repeat less often";
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
  Arena arena(memory, bytes);
  Syntax syntax(arena);
  char conflict[conflictRoom] = "";
  Rule *root = readRules(syntax, form, text, tokenizer, conflict, error);
  Outcome outcome = {Flaw::Full};
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

bool isSound(const uint8_t *bytes, uint64_t size, uint32_t vocabulary) {
  if (size < sizeof(lfm2rt_grammar) || reinterpret_cast<uintptr_t>(bytes) % 8)
    return false;
  auto &image = *reinterpret_cast<const lfm2rt_grammar *>(bytes);
  if (memcmp(image.magic, imageMagic, sizeof(imageMagic)) != 0 ||
      image.version != imageVersion || image.bytes != size ||
      image.numRules == 0 || image.numStates == 0 ||
      image.vocabulary > vocabulary || image.reserved != 0 ||
      size != sizeof(image) + uint64_t(4) * image.numRules +
                  sizeof(State) * (image.numStates + uint64_t(1)) +
                  sizeof(Edge) * uint64_t(image.numEdges))
    return false;
  const State *states = image.states();
  const Edge *edges = image.edges();
  for (uint32_t rule = 0; rule < image.numRules; ++rule)
    if (image.starts()[rule] >= image.numStates)
      return false;
  uint32_t at = 0;
  bool starts[257] = {};
  for (uint32_t i = 0; i <= image.numStates; ++i) {
    const State &state = states[i];
    const uint32_t first = state.bytes & ~isFinal;
    if (first < at || state.calls < first || state.tokens < state.calls ||
        state.tokens > image.numEdges)
      return false;
    at = state.tokens;
  }
  if ((states[0].bytes & ~isFinal) != 0 ||
      (states[image.numStates].bytes & ~isFinal) != image.numEdges)
    return false;
  for (uint32_t i = 0; i < image.numStates; ++i) {
    const State &state = states[i];
    const uint32_t end = states[i + 1].bytes & ~isFinal;
    for (uint32_t e = state.bytes & ~isFinal; e < end; ++e) {
      const uint32_t what = edges[e].what;
      if (edges[e].target >= image.numStates)
        return false;
      if (e < state.calls) {
        if (what > 0xffff || (what & 0xff) > what >> 8)
          return false;
        starts[what & 0xff] = starts[(what >> 8) + 1] = true;
      } else if (e < state.tokens ? what >= image.numRules
                                  : (what & ~anyOther) >= image.vocabulary) {
        return false;
      }
    }
  }
  // The classes tell bytes apart that edges do.
  uint32_t count = 0;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    count += byte > 0 && starts[byte];
    if (image.classOf[byte] != count)
      return false;
  }
  return image.numClasses == count + 1;
}

} // namespace grammar
} // namespace lfm2rt

extern "C" uint64_t lfm2rt_grammar_size(size_t length) {
  return (uint64_t(4) << 20) + 256 * alignUp(length, 8);
}

extern "C" lfm2rt_status lfm2rt_grammar_create(const lfm2rt_grammar **grammar,
                                               const lfm2rt_weights *weights,
                                               const lfm2rt_form *form,
                                               const char *text, size_t length,
                                               void *memory, uint64_t bytes,
                                               lfm2rt_error *error) {
  if (length > 0x7fffffff)
    return Failure(error, LFM2RT_INVALID_ARGUMENT)
           << "expected a grammar of less than 2 GiB, found "
           << uint64_t(length) << " bytes; write a shorter one";
  return compile(grammar, *form, {text, uint32_t(length)},
                 tokenizerOf(*weights), weights->model->program->vocabulary,
                 memory, bytes, error);
}

extern "C" lfm2rt_status lfm2rt_grammar_open(const lfm2rt_grammar **grammar,
                                             const lfm2rt_weights *weights,
                                             lfm2rt_error *error) {
  const uint8_t *image = weights->section[LFM2_SECTION_GRAMMAR];
  const uint64_t bytes = weights->bytes[LFM2_SECTION_GRAMMAR];
  *grammar = nullptr;
  if (bytes == 0)
    return LFM2RT_OK;
  if (!isSound(image, bytes, weights->model->program->vocabulary))
    return Failure(error, LFM2RT_BAD_WEIGHTS)
           << "expected tables of a grammar, found others; the file is "
              "damaged: copy it again";
  *grammar = reinterpret_cast<const lfm2rt_grammar *>(image);
  return LFM2RT_OK;
}

extern "C" uint64_t lfm2rt_grammar_used(const lfm2rt_grammar *grammar) {
  return grammar->bytes;
}
