// Tokens by their text.
#ifndef LFM2RT_GRAMMAR_TOKENS_H
#define LFM2RT_GRAMMAR_TOKENS_H

#include "runtime/json/Value.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {
namespace grammar {

constexpr uint32_t noToken = 0xffffffff;
// The token that a text is as a whole; noToken where there is none.
uint32_t tokenOf(const lfm2_tokenizer *tokenizer, Text text);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_TOKENS_H
