// Characters of a text that may be broken.
//
// A byte that is part of no well-formed UTF-8 character is a character of its
// own, one byte long: nothing is skipped, nothing fails, and the bytes of the
// pre-tokens are always the bytes of the text.

#ifndef LFM2RT_TOKENIZER_TEXT_H
#define LFM2RT_TOKENIZER_TEXT_H

#include "runtime/tokenizer/tokenizer.h"
#include <stddef.h>

namespace lfm2rt {

struct Character {
  uint32_t codePoint; // LFM2_NO_CHARACTER for a byte that is no character
  uint32_t length;    // bytes, 1 ... 4
};

/// The character at `text`, of which `end - text` >= 1 bytes may be read.
inline Character decodeCharacter(const uint8_t *text, const uint8_t *end) {
  const uint32_t first = text[0];
  if (first < 0x80)
    return {first, 1};
  const uint32_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4 || size_t(end - text) < length)
    return {LFM2_NO_CHARACTER, 1};
  uint32_t codePoint = first & (0x7fu >> length);
  for (uint32_t i = 1; i < length; ++i) {
    if ((text[i] & 0xc0) != 0x80)
      return {LFM2_NO_CHARACTER, 1};
    codePoint = codePoint << 6 | (text[i] & 0x3f);
  }
  // Overlong forms, surrogates, and what is beyond the last code point.
  const bool wrong = length == 3 ? codePoint < 0x800 || (codePoint >> 11) == 27
                                 : length == 4 && (codePoint < 0x10000 ||
                                                   codePoint > 0x10ffff);
  if (wrong)
    return {LFM2_NO_CHARACTER, 1};
  return {codePoint, length};
}

/// The class of a code point up to 0x10ffff.
inline uint8_t classOf(const lfm2_tokenizer &tokenizer, uint32_t codePoint) {
  const uint32_t page = tokenizer.class_pages[codePoint >> 7];
  return tokenizer.classes[page * 128 + (codePoint & 127)];
}

/// LFM2_CLASS_* of the character at `text`, of which `end - text` >= 1 bytes
/// may be read.
inline int flagsAt(const lfm2_tokenizer &tokenizer, const uint8_t *text,
                   const uint8_t *end) {
  const Character c = decodeCharacter(text, end);
  return tokenizer.class_flags[classOf(tokenizer, c.codePoint)];
}

/// The steps of the split, and their tables.
inline const lfm2_tokenizer_step *stepsOf(const lfm2_tokenizer &tokenizer) {
  return reinterpret_cast<const lfm2_tokenizer_step *>(
      reinterpret_cast<const uint8_t *>(tokenizer.header) +
      tokenizer.header->tables[LFM2_TOKENIZER_STEPS].offset);
}
inline const uint8_t *automataOf(const lfm2_tokenizer &tokenizer) {
  return reinterpret_cast<const uint8_t *>(tokenizer.header) +
         tokenizer.header->tables[LFM2_TOKENIZER_AUTOMATA].offset;
}

/// Takes a word, at least a byte; false ends the split.
using WordVisitor = bool (*)(void *context, const uint8_t *word, size_t bytes);

/// Visits the words of a text between two literal tokens, in order; together
/// they are the text but for what a step drops. `marks` is `bytes` bytes of
/// work memory. False if a visit was. Takes O(bytes) for each step of the
/// split.
bool splitText(const lfm2_tokenizer &tokenizer, const uint8_t *text,
               size_t bytes, uint8_t *marks, WordVisitor visit, void *context);

/// The places [begin, end) of a text.
using Span = lfm2_tokenizer_span;

/// Places of a text in which control tokens stay plain text; they rise.
struct Spans {
  const Span *all;
  uint64_t count;
  int64_t base; // Where the text begins in what they count from.

  /// Whether one of them touches [begin, end) of the text.
  bool touch(int64_t begin, int64_t end) const;
};

inline bool hasNormalizer(const lfm2_tokenizer &tokenizer) {
  return tokenizer.form_pages != nullptr;
}

/// Where encoded ids go; counts on when there is no room.
struct IdSink {
  int32_t *ids;
  uint64_t capacity;
  uint64_t count;

  void add(uint32_t id) {
    if (count < capacity)
      ids[count] = int32_t(id);
    ++count;
  }
};

/// Bytes of work memory that mergeWord takes for each byte of the word.
constexpr uint64_t mergeBytesPerByte = 32;

/// Appends the tokens of one pre-token of fewer than 2^31 bytes. `work` is
/// aligned to 8. False if its `workBytes` are not enough.
bool mergeWord(const lfm2_tokenizer &tokenizer, const uint8_t *word,
               size_t bytes, void *work, uint64_t workBytes, IdSink &sink);

/// The bytes of a token below the vocabulary.
inline const uint8_t *tokenBytes(const lfm2_tokenizer &tokenizer, uint32_t id,
                                 uint32_t &length) {
  length = tokenizer.offsets[id + 1] - tokenizer.offsets[id];
  return tokenizer.bytes + tokenizer.offsets[id];
}

} // namespace lfm2rt

#endif // LFM2RT_TOKENIZER_TEXT_H
