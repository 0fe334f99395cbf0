// Calls of declared tools, as the family's models write them:
//
//   <|tool_call_start|>[name(argument=value, ...), ...]<|tool_call_end|>
//
// or, as JSON, [{"name": ..., "arguments": {...}}, ...] between the same
// tokens.
#ifndef LFM2RT_GRAMMAR_TOOLS_H
#define LFM2RT_GRAMMAR_TOOLS_H

#include "runtime/grammar/JsonForm.h"
#include "runtime/grammar/Tokens.h"
#include "runtime/include/lfm2rt/constraint.h"

namespace lfm2rt {
namespace grammar {

// Text without control tokens up to a token, that, and `then`. `mayEnd`: it may
// also end without them.
Node *upTo(Syntax &syntax, uint32_t token, bool mayEnd, Node *then);

// What an answer is that may call the tools of a list in the form of OpenAI's
// interface. nullptr: `error` says why; or the arena overflowed.
Node *readTools(JsonForm &json, const Value &tools, const lfm2rt_form &form,
                const lfm2_tokenizer *tokenizer, lfm2rt_error *error);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_TOOLS_H
