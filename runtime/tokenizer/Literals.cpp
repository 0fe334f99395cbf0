#include "runtime/tokenizer/Literals.h"

using namespace lfm2rt;

// Small rather than fast: most of a text only passes through.
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

// Byte `depth` of a token, or -1 behind its end.
int LiteralFinder::byteOf(uint32_t literal, uint32_t depth) const {
  const lfm2_tokenizer_literal &entry = t.literals[pass][literal];
  return depth < entry.length ? t.bytes[entry.offset + depth] : -1;
}

// The first of the sorted tokens [low, high) whose byte is not below.
uint32_t LiteralFinder::lowerBound(uint32_t low, uint32_t high, uint32_t depth,
                                   int byte) const {
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (byteOf(middle, depth) < byte)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// The length of the longest token at `start`, or 0. Narrows the sorted tokens
// byte by byte; one that ends here is the longest so far.
int64_t LiteralFinder::longestAt(int64_t start, uint32_t &literal) const {
  uint32_t low = 0, high = t.num_literals[pass];
  int64_t length = 0;
  for (uint32_t depth = 0; low < high; ++depth) {
    if (depth > 0 && byteOf(low, depth) < 0) {
      literal = low;
      length = depth;
    }
    if (start + depth >= bytes)
      break;
    const int byte = text[start + depth];
    low = lowerBound(low, high, depth, byte);
    high = lowerBound(low, high, depth, byte + 1);
  }
  return length;
}

// LFM2_CLASS_* of the character before `at`, which is set to its start; 0 at
// the border of the text.
int LiteralFinder::flagsBefore(int64_t &at) const {
  for (int64_t back = at < 4 ? at : 4; back > 0; --back) {
    const uint8_t *start = text + at - back;
    const Character c = decodeCharacter(start, text + at);
    if (c.length == back) {
      at -= back;
      return t.class_flags[classOf(t, c.codePoint)];
    }
  }
  return 0;
}

// The same of the character at `at`, which is set behind it.
int LiteralFinder::flagsAt(int64_t &at) const {
  if (at >= bytes)
    return 0;
  const Character c = decodeCharacter(text + at, text + bytes);
  at += c.length;
  return t.class_flags[classOf(t, c.codePoint)];
}

bool Spans::touch(int64_t begin, int64_t end) const {
  uint64_t low = 0, high = count;
  while (low < high) { // The first that ends behind the begin.
    const uint64_t middle = low + (high - low) / 2;
    if (all[middle].end <= begin + base)
      low = middle + 1;
    else
      high = middle;
  }
  return low < count && all[low].begin < end + base;
}

bool LiteralFinder::taken(uint32_t literal, int64_t start, int64_t end) const {
  const uint32_t id = t.literals[pass][literal].id;
  if (t.kinds[id & LFM2_LITERAL_ID] == LFM2_TOKEN_CONTROL &&
      (!parseSpecial || plain.touch(start, end)))
    return false;
  return !(id & LFM2_LITERAL_SINGLE_WORD) ||
         !((flagsBefore(start) | flagsAt(end)) & LFM2_CLASS_WORD);
}

uint32_t LiteralFinder::next(Span &between) {
  if (t.num_literals[pass] == 0)
    at = bytes;
  while (at < bytes) {
    const int64_t start = at++;
    const uint8_t first = text[start];
    if (!(t.literal_starts[pass][first >> 3] >> (first & 7) & 1))
      continue;
    uint32_t literal;
    const int64_t length = longestAt(start, literal);
    if (length == 0)
      continue;
    at = start + length;
    if (!taken(literal, start, at))
      continue;

    const uint32_t id = t.literals[pass][literal].id;
    between = {behind, start};
    int64_t begin = start;
    if (id & LFM2_LITERAL_LSTRIP) {
      for (int64_t to = start;
           to > behind && flagsBefore(to) & LFM2_CLASS_SPACE;)
        between.end = to;
      if (begin < behind)
        begin = behind;
    }
    behind = at;
    if (id & LFM2_LITERAL_RSTRIP) {
      // No white space is looked at twice.
      if (spacesTo > behind)
        behind = spacesTo;
      for (int64_t to = behind; flagsAt(to) & LFM2_CLASS_SPACE;)
        behind = to;
      spacesTo = behind;
    }
    // A token of white space that one before it has taken, and that would take
    // more before it: nothing is left of it.
    if (begin < behind)
      return id & LFM2_LITERAL_ID;
  }
  between = {behind, bytes};
  behind = bytes;
  return LFM2_TOKEN_NONE;
}

#pragma clang attribute pop
