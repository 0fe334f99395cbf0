#include "runtime/cli/Form.h"
#include "runtime/cli/Conversation.h"
#include "runtime/cli/HashSum.h"
#include "runtime/cli/Reply.h"

namespace lfm2rt {

int Form::compile(Session &session, uint32_t kind, Text of) {
  lfm2rt_form form = {};
  lfm2rt_error error;
  form.kind = kind;
  form.tool = session.options.toolChoice;
  if (session.options.converses) {
    // The model reasons first where its template lets it begin with that.
    Conversation talk(session);
    const int32_t *ids;
    uint32_t count;
    talk.add("user", text("x"));
    if (talk.encode(LFM2RT_CHAT_ANSWER, &ids, &count, error) &&
        opensReasoning(session.weights, ids, count))
      form.flags = LFM2RT_FORM_AFTER_THINKING;
  }
  for (uint64_t bytes = lfm2rt_grammar_size(of.bytes);; bytes *= 2) {
    if (!grammarMemory.grow(bytes))
      return session.noMemory(bytes);
    if (lfm2rt_grammar_create(&grammar, &session.weights, &form, of.at,
                              of.bytes, grammarMemory.data(),
                              grammarMemory.size(), &error) == LFM2RT_OK)
      return 0;
    if (error.status != LFM2RT_NO_MEMORY)
      return session.output.fail(error);
  }
}

int Form::open(Session &session) {
  const Options &options = session.options;
  lfm2rt_error error;
  const char *path = options.schema ? options.schema : options.grammar;
  uint32_t kind = options.schema ? LFM2RT_FORM_JSON_SCHEMA : LFM2RT_FORM_GBNF;
  int status = 0;
  if (path) {
    uint64_t bytes = 0;
    status = session.readFile(path, file, bytes);
    session.filesHash += hashOf(file.data(), bytes);
    if (status == 0)
      status = compile(session, kind, {file.data(), uint32_t(bytes)});
  } else if (session.tools.bytes) {
    status = compile(session, LFM2RT_FORM_TOOLS, session.tools);
  } else if (lfm2rt_grammar_open(&grammar, &session.weights, &error) !=
             LFM2RT_OK) {
    return session.output.fail(error);
  }
  if (status || !grammar)
    return status;
  uint64_t bytes = lfm2rt_vocabulary_size(&session.weights);
  if (!vocabularyMemory.grow(bytes))
    return session.noMemory(bytes);
  if (lfm2rt_vocabulary_create(&vocabulary, &session.weights,
                               vocabularyMemory.data(), vocabularyMemory.size(),
                               &error) != LFM2RT_OK)
    return session.output.fail(error);
  return 0;
}

bool Form::bind(lfm2rt_context &context, Constraint &constraint,
                lfm2rt_error &why) const {
  if (!grammar)
    return true;
  uint64_t bytes = lfm2rt_constraint_size(grammar, vocabulary, nullptr);
  if (!constraint.memory.grow(bytes)) {
    Failure(&why, LFM2RT_NO_MEMORY, bytes)
        << "expected " << bytes << " bytes of memory, found less";
    return false;
  }
  if (lfm2rt_constraint_create(&constraint.way, grammar, vocabulary, nullptr,
                               constraint.memory.data(),
                               constraint.memory.size(), &why) != LFM2RT_OK)
    return false;
  lfm2rt_guide guide = {lfm2rt_constraint_force, constraint.way};
  lfm2rt_set_allow(&context, lfm2rt_constraint_allow, constraint.way);
  lfm2rt_set_guide(&context, &guide);
  return true;
}

} // namespace lfm2rt
