// Opening a section: everything in it that is later used as an index is checked
// once, here, so the encoder needs no checks of its own.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

constexpr uint32_t none = LFM2_TOKEN_NONE;
constexpr uint32_t classPages = 0x110000 >> 7;

// Bytes of an element of each table, in their order.
constexpr uint8_t elementBytes[LFM2_TOKENIZER_NUM_TABLES] = {
    1, 4, 1, 4, 4, 8, 4, 4, 2, 1, 4, 1, 4, 1};

bool allBelow(const uint32_t *ids, uint32_t count, uint32_t limit,
              bool orNone) {
  bool good = true; // No early exit: the loop runs as vectors.
  for (uint32_t i = 0; i < count; ++i)
    good &= ids[i] < limit || (orNone && ids[i] == none);
  return good;
}

// `count` + 1 offsets into a table of `size` elements, from 0 and rising.
bool risingTo(const uint32_t *offsets, uint32_t count, uint32_t size) {
  bool good = offsets[0] == 0 && offsets[count] <= size;
  for (uint32_t i = 0; i < count; ++i)
    good &= offsets[i] <= offsets[i + 1];
  return good;
}

// The tables lie inside of the section, and their counts agree.
bool tablesFit(const lfm2_tokenizer_header &h) {
  for (int i = 0; i < LFM2_TOKENIZER_NUM_TABLES; ++i) {
    const lfm2_tokenizer_table &table = h.tables[i];
    if (table.offset % 8 != 0 || table.offset < sizeof h ||
        table.offset + uint64_t(table.count) * elementBytes[i] > h.bytes)
      return false;
  }
  const lfm2_tokenizer_table *t = h.tables;
  return h.vocabulary < 1u << LFM2_TOKENIZER_ID_BITS &&
         h.split == LFM2_SPLIT_LFM2 &&
         t[LFM2_TOKENIZER_OFFSETS].count == h.vocabulary + 1 &&
         t[LFM2_TOKENIZER_KINDS].count == h.vocabulary &&
         t[LFM2_TOKENIZER_BYTE_IDS].count == 256 &&
         t[LFM2_TOKENIZER_MERGE_STARTS].count == h.vocabulary + 1 &&
         t[LFM2_TOKENIZER_CLASS_PAGES].count == classPages &&
         t[LFM2_TOKENIZER_CLASS_FLAGS].count == 256 &&
         t[LFM2_TOKENIZER_CHAT_OFFSETS].count == LFM2_CHAT_NUM_STRINGS + 1;
}

bool entriesFit(const lfm2_tokenizer &t) {
  const lfm2_tokenizer_header &h = *t.header;
  const auto count = [&](int table) { return h.tables[table].count; };
  const uint32_t special[] = {h.bos, h.eos, h.pad};
  if (!risingTo(t.offsets, t.vocabulary, count(LFM2_TOKENIZER_BYTES)) ||
      !risingTo(t.merge_starts, t.vocabulary, count(LFM2_TOKENIZER_MERGES)) ||
      !risingTo(t.chat_offsets, LFM2_CHAT_NUM_STRINGS,
                count(LFM2_TOKENIZER_CHAT_BYTES)) ||
      !allBelow(special, 3, t.vocabulary, true) ||
      !allBelow(t.byte_ids, 256, t.vocabulary, true) ||
      !allBelow(t.words, t.num_words, t.vocabulary, true) ||
      !allBelow(t.literals, t.num_literals, t.vocabulary, false) ||
      !allBelow(t.stops, t.num_stops, t.vocabulary, false))
    return false;

  bool good = true;
  constexpr uint32_t idMask = (1u << LFM2_TOKENIZER_ID_BITS) - 1;
  for (uint32_t i = 0; i < count(LFM2_TOKENIZER_MERGES); ++i)
    good &= (uint32_t(t.merges[i]) & idMask) < t.vocabulary;
  const uint32_t pages = count(LFM2_TOKENIZER_CLASSES) / 128;
  for (uint32_t i = 0; i < classPages; ++i)
    good &= t.class_pages[i] < pages;
  return good;
}

} // namespace

int lfm2_tokenizer_open(lfm2_tokenizer *tokenizer, const uint8_t *section,
                        uint64_t bytes) {
  if (reinterpret_cast<uintptr_t>(section) % 8 != 0)
    return LFM2_TOKENIZER_BAD_MAGIC;
  if (bytes < sizeof(lfm2_tokenizer_header))
    return LFM2_TOKENIZER_CUT_SHORT;
  const auto &h = *reinterpret_cast<const lfm2_tokenizer_header *>(section);
  for (int i = 0; i < 8; ++i)
    if (h.magic[i] != LFM2_TOKENIZER_MAGIC[i])
      return LFM2_TOKENIZER_BAD_MAGIC;
  if (h.version != LFM2_TOKENIZER_VERSION)
    return LFM2_TOKENIZER_BAD_VERSION;
  if (h.bytes > bytes)
    return LFM2_TOKENIZER_CUT_SHORT;
  if (!tablesFit(h))
    return LFM2_TOKENIZER_BAD_TABLE;

  lfm2_tokenizer &t = *tokenizer;
  const auto table = [&](int which) {
    return section + h.tables[which].offset;
  };
  const auto words = [&](int which) {
    return reinterpret_cast<const uint32_t *>(table(which));
  };
  t.header = &h;
  t.bytes = table(LFM2_TOKENIZER_BYTES);
  t.offsets = words(LFM2_TOKENIZER_OFFSETS);
  t.kinds = table(LFM2_TOKENIZER_KINDS);
  t.byte_ids = words(LFM2_TOKENIZER_BYTE_IDS);
  t.merge_starts = words(LFM2_TOKENIZER_MERGE_STARTS);
  t.merges = reinterpret_cast<const uint64_t *>(table(LFM2_TOKENIZER_MERGES));
  t.words = words(LFM2_TOKENIZER_WORDS);
  t.literals = words(LFM2_TOKENIZER_LITERALS);
  t.class_pages = reinterpret_cast<const uint16_t *>(
      table(LFM2_TOKENIZER_CLASS_PAGES));
  t.classes = table(LFM2_TOKENIZER_CLASSES);
  t.class_flags = table(LFM2_TOKENIZER_CLASS_FLAGS);
  t.stops = words(LFM2_TOKENIZER_STOPS);
  t.chat_bytes = table(LFM2_TOKENIZER_CHAT_BYTES);
  t.chat_offsets = words(LFM2_TOKENIZER_CHAT_OFFSETS);
  t.vocabulary = h.vocabulary;
  t.num_words = h.tables[LFM2_TOKENIZER_WORDS].count;
  t.num_literals = h.tables[LFM2_TOKENIZER_LITERALS].count;
  t.num_stops = h.tables[LFM2_TOKENIZER_STOPS].count;
  if (!entriesFit(t))
    return LFM2_TOKENIZER_BAD_ENTRY;

  for (uint8_t &bits : t.literal_starts)
    bits = 0;
  for (uint32_t i = 0; i < t.num_literals; ++i) {
    uint32_t length;
    const uint8_t *token = tokenBytes(t, t.literals[i], length);
    if (length > 0)
      t.literal_starts[token[0] >> 3] |= uint8_t(1u << (token[0] & 7));
  }
  return LFM2_TOKENIZER_OK;
}

const char *lfm2_tokenizer_open_message(int outcome) {
  switch (outcome) {
  case LFM2_TOKENIZER_OK:
    return "the tokenizer is good";
  case LFM2_TOKENIZER_CUT_SHORT:
    return "the tokenizer is cut short";
  case LFM2_TOKENIZER_BAD_MAGIC:
    return "there is no tokenizer where one is expected";
  case LFM2_TOKENIZER_BAD_VERSION:
    return "the tokenizer is of another version of the compiler";
  case LFM2_TOKENIZER_BAD_TABLE:
    return "a table of the tokenizer is out of place";
  default:
    return "an entry of the tokenizer is out of range";
  }
}
