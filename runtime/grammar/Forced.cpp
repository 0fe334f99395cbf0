// Tokens that must follow whatever is drawn: the bytes that are the only ones,
// as the tokenizer would write them. Its last tokens are left out where more
// text could make others of them.
#include "runtime/grammar/Constraint.h"

using namespace lfm2rt;
using namespace lfm2rt::grammar;

namespace {

// Bytes behind which a token that reaches further is looked for.
constexpr uint32_t mostHealed = 32;

int compare(const lfm2rt_vocabulary &vocabulary, uint32_t id,
            const uint8_t *text, uint32_t bytes) {
  uint32_t length;
  const char *piece =
      lfm2_tokenizer_piece(vocabulary.tokenizer, int32_t(id), &length);
  const int order = memcmp(piece, text, min(length, bytes));
  return order != 0 ? order : length < bytes ? -1 : 0;
}

} // namespace

// Whether a token that is allowed starts with these last bytes of `text` and is
// longer.
bool lfm2rt_constraint::canExtend(uint32_t from, uint32_t bytes,
                                  uint32_t behind) {
  const lfm2rt_vocabulary &v = vocabulary;
  const uint8_t *tail = text + from;
  const uint32_t length = bytes - from;
  for (uint32_t list = 0; list < numLists; ++list) {
    // The first token that is not before them.
    uint32_t low = v.first[list][tail[0]], high = v.first[list][tail[0] + 1];
    const uint32_t end = high;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      if (compare(v, v.ids[middle], tail, length) < 0)
        low = middle + 1;
      else
        high = middle;
    }
    for (; low < end && compare(v, v.ids[low], tail, length) == 0; ++low) {
      uint32_t count;
      const char *piece =
          lfm2_tokenizer_piece(v.tokenizer, int32_t(v.ids[low]), &count);
      uint32_t at = behind;
      const uint32_t age = matcher.age();
      for (uint32_t i = length; i < count && at != dead; ++i)
        at = matcher.advance(at, uint8_t(piece[i]));
      // Where memory was cleared, `behind` is gone: then it is not known.
      if (age != matcher.age() || (at != dead && count > length))
        return true;
    }
  }
  return false;
}

uint32_t lfm2rt_constraint::forced(int32_t *out, uint32_t capacity) {
  if (!stands())
    return 0;
  uint32_t bytes = 0, behind = configuration;
  for (; bytes < mostForced && behind != dead; ++bytes) {
    const int byte = matcher.onlyByte(behind);
    if (byte < 0)
      break;
    text[bytes] = uint8_t(byte);
    behind = matcher.advance(behind, uint8_t(byte));
  }
  if (behind == dead)
    return 0;
  if (bytes == 0)
    return 0;
  const int64_t found = lfm2_tokenizer_encode(
      vocabulary.tokenizer, reinterpret_cast<const char *>(text), bytes, 0, ids,
      4 * mostForced, work, 103 * uint64_t(mostForced));
  if (found <= 0)
    return 0;
  // From here on the last token may become another one.
  uint32_t cut = bytes;
  const bool ends = !(matcher.flags(behind) & (readsTokens | readsText));
  for (uint32_t from = bytes - min(bytes, mostHealed); !ends && from < bytes;
       ++from)
    if (canExtend(from, bytes, behind)) {
      cut = from;
      break;
    }
  uint32_t kept = 0, at = 0;
  for (; kept < min<uint64_t>(uint64_t(found), capacity); ++kept) {
    uint32_t length;
    const char *piece =
        lfm2_tokenizer_piece(vocabulary.tokenizer, ids[kept], &length);
    // A tokenizer that changes texts does not write this one.
    if (at + length > cut || memcmp(piece, text + at, length) != 0)
      break;
    out[kept] = ids[kept];
    at += length;
  }
  return kept;
}
