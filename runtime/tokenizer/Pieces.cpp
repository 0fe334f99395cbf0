// Ids to bytes, and what is known about a token.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

int32_t idOrMinusOne(uint32_t id) {
  return id == LFM2_TOKEN_NONE ? -1 : int32_t(id);
}

// Bytes that a character has which starts with this byte; 1 for one that starts
// none.
uint32_t expectedLength(uint8_t first) {
  return first < 0xc2   ? 1
         : first < 0xe0 ? 2
         : first < 0xf0 ? 3
         : first < 0xf5 ? 4
                        : 1;
}

} // namespace

const char *lfm2_tokenizer_piece(const lfm2_tokenizer *tokenizer, int32_t id,
                                 uint32_t *length) {
  *length = 0;
  if (id < 0 || uint32_t(id) >= tokenizer->vocabulary)
    return "";
  return reinterpret_cast<const char *>(
      tokenBytes(*tokenizer, uint32_t(id), *length));
}

int lfm2_tokenizer_kind(const lfm2_tokenizer *tokenizer, int32_t id) {
  if (id < 0 || uint32_t(id) >= tokenizer->vocabulary)
    return LFM2_TOKEN_UNUSED;
  return tokenizer->kinds[id];
}

uint32_t lfm2_tokenizer_vocabulary(const lfm2_tokenizer *tokenizer) {
  return tokenizer->vocabulary;
}

int32_t lfm2_tokenizer_bos(const lfm2_tokenizer *tokenizer) {
  return idOrMinusOne(tokenizer->header->bos);
}

int32_t lfm2_tokenizer_eos(const lfm2_tokenizer *tokenizer) {
  return idOrMinusOne(tokenizer->header->eos);
}

int32_t lfm2_tokenizer_end(const lfm2_tokenizer *tokenizer) {
  return idOrMinusOne(tokenizer->header->end);
}

const uint32_t *lfm2_tokenizer_stops(const lfm2_tokenizer *tokenizer,
                                     uint32_t *count) {
  *count = tokenizer->num_stops;
  return tokenizer->stops;
}

int lfm2_tokenizer_is_stop(const lfm2_tokenizer *tokenizer, int32_t id) {
  for (uint32_t i = 0; i < tokenizer->num_stops; ++i)
    if (int32_t(tokenizer->stops[i]) == id)
      return 1;
  return 0;
}

uint32_t lfm2_tokenizer_flags(const lfm2_tokenizer *tokenizer) {
  return tokenizer->header->flags;
}

const char *lfm2_tokenizer_chat(const lfm2_tokenizer *tokenizer, int which,
                                uint32_t *length) {
  *length = 0;
  if (which < 0 || which >= LFM2_CHAT_NUM_STRINGS)
    return "";
  const uint32_t *offsets = tokenizer->chat_offsets + which;
  *length = offsets[1] - offsets[0];
  return reinterpret_cast<const char *>(tokenizer->chat_bytes + offsets[0]);
}

__attribute__((minsize)) uint64_t lfm2_utf8_whole(const char *text,
                                                  uint64_t bytes) {
  const uint8_t *start = reinterpret_cast<const uint8_t *>(text);
  const uint64_t most = bytes < 3 ? bytes : 3;
  for (uint64_t back = 1; back <= most; ++back) {
    const uint8_t *at = start + bytes - back;
    if ((*at & 0xc0) == 0x80)
      continue;
    const uint32_t length = expectedLength(*at);
    if (length <= back)
      return bytes;
    // Could the bytes so far become a character? They are completed with the
    // least and the greatest continuation.
    uint8_t least[4], greatest[4];
    for (uint32_t i = 0; i < length; ++i) {
      least[i] = i < back ? at[i] : 0x80;
      greatest[i] = i < back ? at[i] : 0xbf;
    }
    const bool unfinished =
        decodeCharacter(least, least + length).length == length ||
        decodeCharacter(greatest, greatest + length).length == length;
    return unfinished ? bytes - back : bytes;
  }
  return bytes;
}
