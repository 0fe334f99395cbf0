// Regular expressions: what JSON Schema, Python and JavaScript have in common.
#ifndef LFM2RT_GRAMMAR_REGEX_H
#define LFM2RT_GRAMMAR_REGEX_H

#include "runtime/grammar/Syntax.h"
#include "runtime/include/lfm2rt/lfm2rt.h"

namespace lfm2rt {
namespace grammar {

struct RegexForm {
  const char *what = "expression"; // In messages.
  // The expression may stand anywhere in the text where '^' and '$' do not
  // forbid it, as in a schema; otherwise it is the whole text.
  bool anywhere = false;
  // The text is the inside of a string of JSON.
  bool escaped = false;
};

// What the expression stands for. nullptr: `error` says why, or the arena
// overflowed.
Node *readRegex(Syntax &syntax, Text text, const RegexForm &form,
                lfm2rt_error *error);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_REGEX_H
