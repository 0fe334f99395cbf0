// Code points as UTF-8. Reading them is the tokenizer's decodeCharacter().
#ifndef LFM2RT_JSON_UTF8_H
#define LFM2RT_JSON_UTF8_H

#include "runtime/src/Support.h"

namespace lfm2rt {

// Writes a code point up to 0x10ffff in 1 to 4 bytes; where `to` is nullptr,
// only returns how many these are.
inline uint32_t encodeCharacter(uint32_t codePoint, char *to) {
  uint32_t count = codePoint < 0x80      ? 1
                   : codePoint < 0x800   ? 2
                   : codePoint < 0x10000 ? 3
                                         : 4;
  if (!to)
    return count;
  for (uint32_t i = count; i-- > 1; codePoint >>= 6)
    to[i] = char(0x80 | (codePoint & 0x3f));
  uint32_t mark = count == 1 ? 0 : 0xf00 >> count;
  to[0] = char(mark | codePoint);
  return count;
}

} // namespace lfm2rt

#endif // LFM2RT_JSON_UTF8_H
