// What a backslash in a string stands for, in JSON and in Python.
#ifndef LFM2RT_JSON_ESCAPES_H
#define LFM2RT_JSON_ESCAPES_H

#include "runtime/json/Value.h"

namespace lfm2rt {

enum class Escapes { Json, Python, Both };

// The code point, or the half of a surrogate pair, that the escape at `text`
// stands for; `text` begins with a backslash. Returns the bytes of the escape,
// 1 where the backslash escapes nothing, which Python takes as it stands, and 0
// where digits are missing or too large. 10 bytes of text are enough.
uint32_t readEscape(Text text, Escapes escapes, uint32_t &codePoint);

// Adds the second half to a surrogate pair. False where `low` is none.
inline bool joinPair(uint32_t &high, uint32_t low) {
  if (low >> 10 != 0xdc00 >> 10)
    return false;
  high = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
  return true;
}

} // namespace lfm2rt

#endif // LFM2RT_JSON_ESCAPES_H
