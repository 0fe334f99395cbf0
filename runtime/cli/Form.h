// The form that answers have: of --schema, --grammar, the declared tools, or
// the one that the model was compiled with.
#ifndef LFM2RT_CLI_FORM_H
#define LFM2RT_CLI_FORM_H

#include "runtime/cli/Session.h"
#include "runtime/include/lfm2rt/constraint.h"

namespace lfm2rt {

// Of one context.
struct Constraint {
  Buffer memory;
  lfm2rt_constraint *way = nullptr; // nullptr: any answer will do.
  // Behind all that the context will have read.
  void begin() {
    if (way)
      lfm2rt_constraint_begin(way, LFM2RT_AT_NEXT);
  }
};

class Form {
public:
  // Reads what the command line names. Returns the exit status.
  int open(Session &session);
  // From now on the context answers in this form. False, and `why`, where there
  // is no memory.
  bool bind(lfm2rt_context &context, Constraint &constraint,
            lfm2rt_error &why) const;

private:
  int compile(Session &session, uint32_t kind, Text text);

  const lfm2rt_grammar *grammar = nullptr; // nullptr: any.
  lfm2rt_vocabulary *vocabulary = nullptr;
  Buffer grammarMemory, vocabularyMemory, file;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_FORM_H
