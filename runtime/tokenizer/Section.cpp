// Opening a section: everything in it that is later used as an index is checked
// once, here, so the encoder needs no checks of its own.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

constexpr uint32_t none = LFM2_TOKEN_NONE;
constexpr uint32_t classPages = 0x110000 >> 7;

// Bytes of an element of each table, in their order.
constexpr uint8_t elementBytes[LFM2_TOKENIZER_NUM_TABLES] = {
    1, 4, 1, 4, 4,  8, 4, 12, 2, 1,
    4, 1, 4, 1, 12, 1, 1, 8,  8, sizeof(lfm2_tokenizer_step),
    1};

// The loops over many elements become many instructions, so each is there once;
// the rest of this file is small rather than fast.
__attribute__((noinline)) bool allBelow(const uint32_t *ids, uint32_t count,
                                        uint32_t limit, bool orNone) {
  bool good = true; // No early exit: the loop runs as vectors.
  for (uint32_t i = 0; i < count; ++i)
    good &= ids[i] < limit || (orNone && ids[i] == none);
  return good;
}

// `count` + 1 offsets into a table of `size` elements, from 0 and rising.
__attribute__((noinline)) bool risingTo(const uint32_t *offsets, uint32_t count,
                                        uint32_t size) {
  bool good = offsets[0] == 0 && offsets[count] <= size;
  for (uint32_t i = 0; i < count; ++i)
    good &= offsets[i] <= offsets[i + 1];
  return good;
}

__attribute__((noinline)) bool mergesBelow(const uint64_t *merges,
                                           uint32_t count, uint32_t limit) {
  bool good = true;
  constexpr uint32_t idMask = (1u << LFM2_TOKENIZER_ID_BITS) - 1;
  for (uint32_t i = 0; i < count; ++i)
    good &= (uint32_t(merges[i]) & idMask) < limit;
  return good;
}

#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

// The tables lie inside of the section, and their counts agree.
bool tablesFit(const lfm2_tokenizer_header &h) {
  for (int i = 0; i < LFM2_TOKENIZER_NUM_TABLES; ++i) {
    const lfm2_tokenizer_table &table = h.tables[i];
    if (table.offset % 8 != 0 || table.offset < sizeof h ||
        table.offset + uint64_t(table.count) * elementBytes[i] > h.bytes)
      return false;
  }
  const lfm2_tokenizer_table *t = h.tables;
  return h.vocabulary < 1u << LFM2_TOKENIZER_ID_BITS && h.classes <= 256 &&
         t[LFM2_TOKENIZER_STEPS].count <= LFM2_SPLIT_MAX_STEPS &&
         t[LFM2_TOKENIZER_OFFSETS].count == h.vocabulary + 1 &&
         t[LFM2_TOKENIZER_KINDS].count == h.vocabulary &&
         t[LFM2_TOKENIZER_BYTE_IDS].count == 256 &&
         t[LFM2_TOKENIZER_MERGE_STARTS].count == h.vocabulary + 1 &&
         t[LFM2_TOKENIZER_CLASS_PAGES].count == classPages &&
         t[LFM2_TOKENIZER_CLASS_FLAGS].count == 256 &&
         t[LFM2_TOKENIZER_CHAT_OFFSETS].count == LFM2_CHAT_NUM_STRINGS + 1 &&
         (t[LFM2_TOKENIZER_FORM_PAGES].count == 0 ||
          (t[LFM2_TOKENIZER_FORM_PAGES].count == classPages &&
           t[LFM2_TOKENIZER_DECOMPOSITIONS].count > 0 &&
           t[LFM2_TOKENIZER_COMPOSITIONS].count > 0));
}

// Each `stride`-th of the bytes is below the limit once `add` is added to it.
// Three callers, one copy.
[[gnu::noinline]] bool bytesFit(const uint8_t *bytes, uint32_t count,
                                uint32_t stride, uint32_t add, uint32_t limit) {
  bool good = true;
  for (uint32_t i = 0; i < count; i += stride)
    good &= uint8_t(bytes[i] + add) < limit;
  return good;
}

bool stepFits(const lfm2_tokenizer_step &step, const uint8_t *automata,
              uint32_t bytes, uint32_t classes) {
  const uint32_t states = step.states, rows = step.rows;
  if (states < 2 || states > 255 || rows < 1 || rows > 254 ||
      step.reverse + uint64_t(states) * classes > bytes ||
      step.next + uint64_t(rows) * states > bytes)
    return false;
  const uint8_t *next = automata + step.next;
  // LFM2_SPLIT_ACCEPT and _NONE are 0 and 1 when 1 is added. At the end of a
  // text, where the state is 1, a match doesn't go on.
  return bytesFit(automata + step.reverse, states * classes, 1, 0, states) &&
         bytesFit(next, rows * states, 1, 1, rows + 1) &&
         bytesFit(next + 1, rows * states - 1, states, 1, 2);
}

// The literals are texts of the section; marks the bytes that they start with.
bool openLiterals(lfm2_tokenizer &t, int pass, uint32_t size) {
  for (uint8_t &bits : t.literal_starts[pass])
    bits = 0;
  for (uint32_t i = 0; i < t.num_literals[pass]; ++i) {
    const lfm2_tokenizer_literal &literal = t.literals[pass][i];
    if ((literal.id & LFM2_LITERAL_ID) >= t.vocabulary || literal.length == 0 ||
        uint64_t(literal.offset) + literal.length > size)
      return false;
    const uint8_t first = t.bytes[literal.offset];
    t.literal_starts[pass][first >> 3] |= uint8_t(1u << (first & 7));
  }
  return true;
}

bool entriesFit(lfm2_tokenizer &t) {
  const lfm2_tokenizer_header &h = *t.header;
  const auto count = [&](int table) { return h.tables[table].count; };
  const uint32_t special[] = {h.bos, h.eos, h.pad, h.end};
  if (!risingTo(t.offsets, t.vocabulary, count(LFM2_TOKENIZER_BYTES)) ||
      !risingTo(t.merge_starts, t.vocabulary, count(LFM2_TOKENIZER_MERGES)) ||
      !risingTo(t.chat_offsets, LFM2_CHAT_NUM_STRINGS,
                count(LFM2_TOKENIZER_CHAT_BYTES)) ||
      !allBelow(special, 4, t.vocabulary, true) ||
      !allBelow(t.byte_ids, 256, t.vocabulary, true) ||
      !allBelow(t.words, t.num_words, t.vocabulary, true) ||
      !openLiterals(t, LFM2_LITERALS_RAW, count(LFM2_TOKENIZER_BYTES)) ||
      !openLiterals(t, LFM2_LITERALS_NORMALIZED, count(LFM2_TOKENIZER_BYTES)) ||
      !allBelow(t.stops, t.num_stops, t.vocabulary, false) ||
      !mergesBelow(t.merges, count(LFM2_TOKENIZER_MERGES), t.vocabulary))
    return false;

  bool good = true;
  const uint32_t pages = count(LFM2_TOKENIZER_CLASSES) / 128;
  for (uint32_t i = 0; i < classPages; ++i)
    good &= t.class_pages[i] < pages;
  const uint32_t forms = count(LFM2_TOKENIZER_FORMS) / 128;
  for (uint32_t i = 0; i < count(LFM2_TOKENIZER_FORM_PAGES); ++i)
    good &= t.form_pages[i] < forms;
  good &= bytesFit(t.classes, count(LFM2_TOKENIZER_CLASSES), 1, 0, h.classes);
  for (uint32_t i = 0; i < count(LFM2_TOKENIZER_STEPS); ++i)
    good = good && stepFits(stepsOf(t)[i], automataOf(t),
                            count(LFM2_TOKENIZER_AUTOMATA), h.classes);
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
  const auto literals = [&](int pass, int which) {
    t.literals[pass] =
        reinterpret_cast<const lfm2_tokenizer_literal *>(table(which));
    t.num_literals[pass] = h.tables[which].count;
  };
  literals(LFM2_LITERALS_RAW, LFM2_TOKENIZER_LITERALS);
  literals(LFM2_LITERALS_NORMALIZED, LFM2_TOKENIZER_NORMALIZED_LITERALS);
  const auto pairs = [&](int which, uint32_t &count) {
    count = h.tables[which].count - 1;
    return reinterpret_cast<const uint64_t *>(table(which));
  };
  t.form_pages = h.tables[LFM2_TOKENIZER_FORM_PAGES].count
                     ? table(LFM2_TOKENIZER_FORM_PAGES)
                     : nullptr;
  t.forms = table(LFM2_TOKENIZER_FORMS);
  t.decompositions = pairs(LFM2_TOKENIZER_DECOMPOSITIONS, t.num_decompositions);
  t.compositions = pairs(LFM2_TOKENIZER_COMPOSITIONS, t.num_compositions);
  t.class_pages =
      reinterpret_cast<const uint16_t *>(table(LFM2_TOKENIZER_CLASS_PAGES));
  t.classes = table(LFM2_TOKENIZER_CLASSES);
  t.class_flags = table(LFM2_TOKENIZER_CLASS_FLAGS);
  t.stops = words(LFM2_TOKENIZER_STOPS);
  t.chat_bytes = table(LFM2_TOKENIZER_CHAT_BYTES);
  t.chat_offsets = words(LFM2_TOKENIZER_CHAT_OFFSETS);
  t.vocabulary = h.vocabulary;
  t.num_words = h.tables[LFM2_TOKENIZER_WORDS].count;
  t.num_stops = h.tables[LFM2_TOKENIZER_STOPS].count;
  if (!entriesFit(t))
    return LFM2_TOKENIZER_BAD_ENTRY;
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

#pragma clang attribute pop
