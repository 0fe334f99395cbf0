// Text to ids: literal tokens first, then the split, then words as they are or
// merged.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

bool equal(const uint8_t *a, const uint8_t *b, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i)
    if (a[i] != b[i])
      return false;
  return true;
}

// The token that a whole pre-token is, or LFM2_TOKEN_NONE.
uint32_t findWord(const lfm2_tokenizer &t, const uint8_t *word, size_t bytes) {
  if (bytes > t.header->longest_word || t.num_words == 0)
    return LFM2_TOKEN_NONE;
  const uint32_t hash = lfm2_tokenizer_hash(word, bytes);
  uint32_t slot = uint32_t(uint64_t(hash) * t.num_words >> 32);
  for (uint32_t step = 0; step < t.num_words; ++step) {
    const uint32_t id = t.words[slot];
    if (id == LFM2_TOKEN_NONE)
      break;
    uint32_t length;
    const uint8_t *token = tokenBytes(t, id, length);
    if (length == bytes && equal(token, word, bytes))
      return id;
    slot = slot + 1 == t.num_words ? 0 : slot + 1;
  }
  return LFM2_TOKEN_NONE;
}

// Finds the literal tokens of a text, in order. At each place the longest one
// is taken. A control token that is not to be parsed is passed over as a whole,
// as `tokenizers` does: no shorter token is looked for inside.
class LiteralFinder {
public:
  LiteralFinder(const lfm2_tokenizer &t, const uint8_t *text, uint64_t bytes)
      : t(t), text(text), bytes(bytes) {}

  bool parseSpecial = false;
  uint64_t literalBegin = 0, literalEnd = 0;

  // The next literal at or behind `from`: where it starts and its length; where
  // there is none, the end of the text and 0. Returns the id.
  uint32_t next(uint64_t from, uint64_t &start, uint32_t &length) const {
    for (start = from; start < bytes; ++start) {
      if (!(t.literal_starts[text[start] >> 3] >> (text[start] & 7) & 1))
        continue;
      const uint32_t id = longestAt(start, length);
      if (id == LFM2_TOKEN_NONE)
        continue;
      if (taken(id, start, length))
        return id;
      start += length - 1;
    }
    length = 0;
    return LFM2_TOKEN_NONE;
  }

private:
  bool taken(uint32_t id, uint64_t start, uint32_t length) const {
    if (t.kinds[id] != LFM2_TOKEN_CONTROL)
      return true;
    return parseSpecial &&
           (start + length <= literalBegin || start >= literalEnd);
  }

  // Byte `depth` of a literal, or -1 behind its end.
  int byteOf(uint32_t literal, uint32_t depth) const {
    uint32_t length;
    const uint8_t *token = tokenBytes(t, t.literals[literal], length);
    return depth < length ? token[depth] : -1;
  }

  // The first of the sorted literals [low, high) whose byte is not below.
  uint32_t lowerBound(uint32_t low, uint32_t high, uint32_t depth,
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

  // Narrows the sorted literals byte by byte; one that ends here is the longest
  // so far.
  uint32_t longestAt(uint64_t start, uint32_t &length) const {
    uint32_t low = 0, high = t.num_literals, id = LFM2_TOKEN_NONE;
    for (uint32_t depth = 0; low < high; ++depth) {
      if (depth > 0 && byteOf(low, depth) < 0) {
        id = t.literals[low];
        length = depth;
      }
      if (start + depth >= bytes)
        break;
      const int byte = text[start + depth];
      low = lowerBound(low, high, depth, byte);
      high = lowerBound(low, high, depth, byte + 1);
    }
    return id;
  }

  const lfm2_tokenizer &t;
  const uint8_t *text;
  uint64_t bytes;
};

} // namespace

uint64_t lfm2_tokenizer_work_bytes(uint64_t bytes) {
  if (bytes >> 31)
    return 0;
  return bytes * mergeBytesPerByte + 8; // To align it.
}

int64_t lfm2_tokenizer_encode_around(const lfm2_tokenizer *tokenizer,
                                     const char *text, uint64_t bytes,
                                     uint64_t literal_begin,
                                     uint64_t literal_end, int32_t flags,
                                     int32_t *ids, uint64_t capacity,
                                     void *work, uint64_t work_bytes) {
  const lfm2_tokenizer &t = *tokenizer;
  if (bytes >> 31)
    return LFM2_TOKENIZE_NO_WORK;
  const uint64_t skew = (8 - reinterpret_cast<uintptr_t>(work) % 8) % 8;
  uint8_t *aligned = static_cast<uint8_t *>(work) + skew;
  const uint64_t usable = work_bytes > skew ? work_bytes - skew : 0;

  IdSink sink{ids, capacity, 0};
  const uint32_t settings = t.header->flags;
  const bool bos = ((flags & LFM2_TOKENIZE_ADD_BOS) &&
                    (settings & LFM2_TOKENIZER_ADD_BOS)) ||
                   ((flags & LFM2_TOKENIZE_CHAT_BOS) &&
                    (settings & LFM2_TOKENIZER_CHAT_BOS));
  if (bos && t.header->bos != LFM2_TOKEN_NONE)
    sink.add(t.header->bos);
  if (t.vocabulary == 0)
    return 0;

  const uint8_t *start = reinterpret_cast<const uint8_t *>(text);
  LiteralFinder finder(t, start, bytes);
  finder.parseSpecial = (flags & LFM2_TOKENIZE_PARSE_SPECIAL) != 0;
  finder.literalBegin = literal_begin;
  finder.literalEnd = literal_end;

  for (uint64_t at = 0; at < bytes;) {
    uint64_t literalAt;
    uint32_t literalBytes;
    const uint32_t literal = finder.next(at, literalAt, literalBytes);
    const uint8_t *end = start + literalAt;
    for (const uint8_t *word = start + at; word < end;) {
      const size_t length = splitWord(t, word, end);
      const uint32_t id = findWord(t, word, length);
      if (id != LFM2_TOKEN_NONE)
        sink.add(id);
      else if (!mergeWord(t, word, length, aligned, usable, sink))
        return LFM2_TOKENIZE_NO_WORK;
      word += length;
    }
    if (literal != LFM2_TOKEN_NONE)
      sink.add(literal);
    at = literalAt + literalBytes;
  }
  return sink.count <= capacity ? int64_t(sink.count) : -int64_t(sink.count);
}

int64_t lfm2_tokenizer_encode(const lfm2_tokenizer *tokenizer, const char *text,
                              uint64_t bytes, int32_t flags, int32_t *ids,
                              uint64_t capacity, void *work,
                              uint64_t work_bytes) {
  return lfm2_tokenizer_encode_around(tokenizer, text, bytes, 0, 0, flags, ids,
                                      capacity, work, work_bytes);
}
