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

// The model's tokens, for all forms: made when the first one needs them.
class Vocabulary {
public:
  // nullptr, and `why`, where there is no memory.
  const lfm2rt_vocabulary *get(const Session &session, lfm2rt_error &why);

private:
  lfm2rt_vocabulary *made = nullptr;
  Buffer memory;
};

class Form {
public:
  // What the command line names, or a form for these tools, a list in JSON.
  // Returns the exit status.
  int open(Session &session, Text tools);
  // False, and `why`, where they have none.
  bool openTools(const Session &session, Text tools, lfm2rt_error &why) {
    return compile(session, LFM2RT_FORM_TOOLS, tools, why);
  }
  bool isSet() const { return grammar; }
  // From now on the context answers in this form. False, and `why`, where there
  // is no memory.
  bool bind(const Session &session, Vocabulary &vocabulary,
            lfm2rt_context &context, Constraint &constraint,
            lfm2rt_error &why) const;

private:
  bool compile(const Session &session, uint32_t kind, Text text,
               lfm2rt_error &why);

  const lfm2rt_grammar *grammar = nullptr; // nullptr: any.
  Buffer memory, file;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_FORM_H
