// Normalisation form C of a text.

#ifndef LFM2RT_TOKENIZER_NORMALIZE_H
#define LFM2RT_TOKENIZER_NORMALIZE_H

#include "runtime/tokenizer/Text.h"

namespace lfm2rt {

/// Normalises [text, text + bytes). A text that is normal already stays where
/// it is; another one is written to [work, limit), and `work` is moved behind
/// it. Bytes outside of characters stay as they are, and nothing composes with
/// them. Each of `plain`, which rise, is moved to the same characters of the
/// new text; one that starts or ends inside of characters that change together
/// has them all. False if there is too little room; 12 bytes for each of the
/// text, and 8, are enough. Takes O(bytes), whatever marks follow each other.
bool normalize(const lfm2_tokenizer &tokenizer, const uint8_t *&text,
               int64_t &bytes, Span *plain, uint64_t numPlain, uint8_t *&work,
               uint8_t *limit);

} // namespace lfm2rt

#endif // LFM2RT_TOKENIZER_NORMALIZE_H
