#include "runtime/cli/Form.h"
#include "runtime/cli/Conversation.h"
#include "runtime/cli/HashSum.h"
#include "runtime/cli/Reply.h"

namespace lfm2rt {

// Failing to have `bytes` of memory.
static bool noMemory(uint64_t bytes, lfm2rt_error &why) {
  Failure(&why, LFM2RT_NO_MEMORY, bytes)
      << "expected " << bytes << " bytes of memory, found less";
  return false;
}

// Whether its template lets the model begin an answer with what it reasons.
static bool reasonsFirst(const Session &session) {
  Conversation talk(session);
  const int32_t *ids;
  uint32_t count;
  lfm2rt_error why;
  talk.add("user", text("x"));
  return talk.encode(LFM2RT_CHAT_ANSWER, &ids, &count, why) &&
         lfm2rt_opens_reasoning(&session.weights, ids, count);
}

const lfm2rt_vocabulary *Vocabulary::get(const Session &session,
                                         lfm2rt_error &why) {
  uint64_t bytes = lfm2rt_vocabulary_size(&session.weights);
  if (!made && (memory.grow(bytes) || noMemory(bytes, why)))
    lfm2rt_vocabulary_create(&made, &session.weights, memory.data(),
                             memory.size(), &why);
  return made;
}

bool Form::compile(const Session &session, uint32_t kind, Text of,
                   lfm2rt_error &why) {
  lfm2rt_form form = {};
  form.kind = kind;
  form.tool = session.options.toolChoice;
  if (kind == LFM2RT_FORM_TOOLS || session.options.converses)
    form.flags = reasonsFirst(session) ? LFM2RT_FORM_AFTER_THINKING : 0;
  for (uint64_t bytes = lfm2rt_grammar_size(of.bytes);; bytes *= 2) {
    if (!memory.grow(bytes))
      return noMemory(bytes, why);
    if (lfm2rt_grammar_create(&grammar, &session.weights, &form, of.at,
                              of.bytes, memory.data(), memory.size(),
                              &why) == LFM2RT_OK)
      return true;
    if (why.status != LFM2RT_NO_MEMORY)
      return false;
  }
}

int Form::open(Session &session, Text tools) {
  const Options &options = session.options;
  lfm2rt_error error;
  if (lfm2rt_grammar_open(&grammar, &session.weights, &error) != LFM2RT_OK)
    return session.output.fail(error);
  const char *path = options.schema ? options.schema : options.grammar;
  if (path && grammar)
    return session.output.fail(
        Line() << "expected no form beside the one that the model was compiled "
                  "with, found "
               << (options.schema ? "--schema" : "--grammar") << "; drop it",
        2);
  if (options.toolChoice && !tools.bytes && !options.jsonl)
    return session.output.fail(
        "expected tools with --tool-choice, found none; add --tools", 2);
  Text form = tools;
  uint64_t bytes = 0;
  if (path) {
    if (int status = session.readFile(path, file, bytes))
      return status;
    session.filesHash += hashOf(file.data(), bytes);
    form = {file.data(), uint32_t(bytes)};
  }
  uint32_t kind = !path            ? LFM2RT_FORM_TOOLS
                  : options.schema ? LFM2RT_FORM_JSON_SCHEMA
                                   : LFM2RT_FORM_GBNF;
  bool wanted = !grammar && (path || tools.bytes);
  return wanted && !compile(session, kind, form, error)
             ? session.output.fail(error)
             : 0;
}

bool Form::bind(const Session &session, Vocabulary &vocabulary,
                lfm2rt_context &context, Constraint &constraint,
                lfm2rt_error &why) const {
  constraint.way = nullptr;
  lfm2rt_set_allow(&context, nullptr, nullptr);
  lfm2rt_set_guide(&context, nullptr);
  if (!grammar)
    return true;
  const lfm2rt_vocabulary *tokens = vocabulary.get(session, why);
  if (!tokens)
    return false;
  uint64_t bytes = lfm2rt_constraint_size(grammar, tokens, nullptr);
  if (!constraint.memory.grow(bytes))
    return noMemory(bytes, why);
  if (lfm2rt_constraint_create(&constraint.way, grammar, tokens, nullptr,
                               constraint.memory.data(),
                               constraint.memory.size(), &why) != LFM2RT_OK)
    return false;
  lfm2rt_guide guide = {lfm2rt_constraint_force, constraint.way};
  lfm2rt_set_allow(&context, lfm2rt_constraint_allow, constraint.way);
  lfm2rt_set_guide(&context, &guide);
  return true;
}

} // namespace lfm2rt
