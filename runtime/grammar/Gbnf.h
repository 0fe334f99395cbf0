// Grammars as llama.cpp writes them (GBNF).
#ifndef LFM2RT_GRAMMAR_GBNF_H
#define LFM2RT_GRAMMAR_GBNF_H

#include "runtime/grammar/Syntax.h"
#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {
namespace grammar {

// Reads the rules of `text`, and returns the one with the name "root". nullptr:
// `error` says where and why; or the arena overflowed. `tokenizer` knows the
// tokens that the grammar names; it may be nullptr.
Rule *readGbnf(Syntax &syntax, Text text, const lfm2_tokenizer *tokenizer,
               lfm2rt_error *error);

// Rules of this program's own, which may name others that come later.
void readRules(Syntax &syntax, Text text);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_GBNF_H
