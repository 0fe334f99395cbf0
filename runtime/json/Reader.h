// Reads JSON (RFC 8259, and nothing beyond it) into an arena.
#ifndef LFM2RT_JSON_READER_H
#define LFM2RT_JSON_READER_H

#include "runtime/json/Arena.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

// Lists and mappings that may stand within each other.
constexpr uint32_t mostDepth = 128;

struct JsonError {
  uint64_t at = 0;                // Byte of the text.
  const char *expected = nullptr; // What should have been there, as "a value".
};

// The value that `text` is; nullptr where it is none, and `error` says why.
// Where the arena was too small, and only then, it overflowed: `error` has
// nothing, and needed() is how much the whole text takes, unless it is wrong
// further on. Strings without escapes stay in `text`, which must live as long
// as the value. Takes O(n log n).
//
// An integer that has more than 64 bits is a Number. Of members with one name
// the last counts.
const Value *readJson(Arena &arena, Text text, JsonError &error);

// Bytes of an arena that are enough for any text of `bytes` bytes.
constexpr uint64_t mostJsonBytes(uint64_t bytes) { return 34 * bytes + 64; }

// Lines and columns from 1; columns are characters.
struct Place {
  uint32_t line, column;
};
Place placeOf(Text text, uint64_t at);

} // namespace lfm2rt

#endif // LFM2RT_JSON_READER_H
