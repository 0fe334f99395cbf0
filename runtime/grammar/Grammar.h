// From a text to an image.
#ifndef LFM2RT_GRAMMAR_GRAMMAR_H
#define LFM2RT_GRAMMAR_GRAMMAR_H

#include "runtime/grammar/Image.h"
#include "runtime/json/Value.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {
namespace grammar {

// Compiles `text` at the start of `memory`, a multiple of 8. `tokenizer` knows
// the tokens that are named, below `vocabulary`; it may be nullptr.
lfm2rt_status compile(const lfm2rt_grammar **grammar, const lfm2rt_form &form,
                      Text text, const lfm2_tokenizer *tokenizer,
                      uint32_t vocabulary, void *memory, uint64_t bytes,
                      lfm2rt_error *error);

// Whether the bytes, at a multiple of 8, are a whole image that can be used.
bool isSound(const uint8_t *image, uint64_t bytes, uint32_t vocabulary);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_GRAMMAR_H
