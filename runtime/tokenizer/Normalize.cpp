// Most of a text is normal, which one table tells; it is copied as it is.
// Around the rest, from a character that nothing before can change to the next
// one such, the whole algorithm runs: characters are decomposed, the marks
// behind a starter wait until the next starter comes, are then sorted by their
// classes and composed with the starter where they can be.
//
// Marks are sorted by counting, so a megabyte of them takes as long as many
// short runs. Hangul syllables are never decomposed: they would be composed
// again.

#include "runtime/tokenizer/Normalize.h"

using namespace lfm2rt;

// Small rather than fast: most of a text only passes through.
#pragma clang attribute push(__attribute__((minsize)), apply_to = function)

namespace {

constexpr uint32_t codePointMask = 0x1fffff;
constexpr uint32_t noCharacter = codePointMask;
// A byte that is no character, as a number beyond all code points.
constexpr uint32_t rawByte = 0x110000;

uint32_t formOf(const lfm2_tokenizer &t, uint32_t codePoint) {
  if (codePoint < 0x80 || codePoint >= rawByte)
    return 0;
  return t.forms[t.form_pages[codePoint >> 7] * 128 + (codePoint & 127)];
}

// What stands below `key` << `shift` in a sorted table; 0 if nothing does.
uint64_t find(const uint64_t *table, uint32_t count, uint64_t key, int shift) {
  uint32_t low = 0;
  while (low < count) {
    const uint32_t middle = low + (count - low) / 2;
    if (table[middle] >> shift < key)
      low = middle + 1;
    else
      count = middle;
  }
  // `count` is the first that is not below; one past the table is never read,
  // because an entry 0xff... closes it.
  return table[count] >> shift == key ? table[count] & ((1ull << shift) - 1)
                                      : 0;
}

class Composer {
public:
  Composer(const lfm2_tokenizer &t, uint8_t *out, uint8_t *limit)
      : t(t), out(out), marksEnd(reinterpret_cast<uint32_t *>(limit)),
        marks(marksEnd) {}

  bool copy(const uint8_t *from, const uint8_t *to);
  bool decompose(uint32_t codePoint);
  // Writes the starter and its marks. The next starter waits then, unless it
  // becomes one with the one before.
  bool settle(uint32_t next);

  uint8_t *end() const { return out; }

private:
  bool add(uint32_t codePoint);
  uint32_t compose(uint32_t first, uint32_t second) const;
  void put(uint32_t codePoint);
  int64_t room() const { return reinterpret_cast<uint8_t *>(marks) - out; }

  const lfm2_tokenizer &t;
  uint8_t *out;
  // The waiting marks, class << 21 | code point, grow down from the end of the
  // memory; the text grows towards them.
  uint32_t *const marksEnd, *marks;
  uint32_t starter = noCharacter;
};

bool Composer::copy(const uint8_t *from, const uint8_t *to) {
  if (to - from > room())
    return false;
  __builtin_memcpy(out, from, size_t(to - from));
  out += to - from;
  return true;
}

void Composer::put(uint32_t codePoint) {
  if (codePoint == noCharacter)
    return;
  if (codePoint < 0x80 || codePoint >= rawByte) {
    *out++ = uint8_t(codePoint);
    return;
  }
  const int length = codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4;
  for (int i = length; --i > 0; codePoint >>= 6)
    out[i] = uint8_t(0x80 | (codePoint & 0x3f));
  out[0] = uint8_t(0xf00 >> length | codePoint);
  out += length;
}

uint32_t Composer::compose(uint32_t first, uint32_t second) const {
  // A vowel behind a consonant, a final consonant behind both.
  if (first - 0x1100 < 19 && second - 0x1161 < 21)
    return 0xac00 + ((first - 0x1100) * 21 + (second - 0x1161)) * 28;
  if (first - 0xac00 < 19 * 21 * 28 && (first - 0xac00) % 28 == 0 &&
      second - 0x11a8 < 27)
    return first + (second - 0x11a7);
  return uint32_t(find(t.compositions, t.num_compositions,
                       uint64_t(first) << 21 | second, 21));
}

bool Composer::settle(uint32_t next) {
  const int64_t count = marksEnd - marks;
  if (room() < (2 * count + 1) * int64_t(sizeof(uint32_t)))
    return false;
  uint32_t *sorted = marks;
  if (count > 1) {
    sorted -= count;
    uint32_t ends[64] = {};
    for (const uint32_t *mark = marks; mark < marksEnd; ++mark)
      ++ends[*mark >> 21];
    for (int i = 1; i < 64; ++i)
      ends[i] += ends[i - 1];
    for (const uint32_t *mark = marks; mark < marksEnd; ++mark) // Last first.
      sorted[--ends[*mark >> 21]] = *mark;
  }

  int64_t kept = 0;
  uint32_t before = 0; // The class of the last mark that stays.
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t mark = sorted[i];
    if (mark >> 21 != before)
      if (const uint32_t both = compose(starter, mark & codePointMask)) {
        starter = both;
        continue;
      }
    before = mark >> 21;
    sorted[kept++] = mark;
  }
  marks = marksEnd;
  if (kept == 0)
    if (const uint32_t both = compose(starter, next)) {
      starter = both;
      return true;
    }
  put(starter);
  for (int64_t i = 0; i < kept; ++i)
    put(sorted[i] & codePointMask);
  starter = next;
  return true;
}

bool Composer::add(uint32_t codePoint) {
  const uint32_t mark = formOf(t, codePoint) & LFM2_FORM_CLASS;
  if (mark == 0)
    return settle(codePoint);
  if (room() < int64_t(sizeof(uint32_t)))
    return false;
  *--marks = mark << 21 | codePoint;
  return true;
}

// A decomposition is a first part, which may go on, and one more character.
bool Composer::decompose(uint32_t codePoint) {
  uint32_t rest[4];
  int parts = 0;
  for (; parts < 4; ++parts) {
    const uint64_t pair =
        find(t.decompositions, t.num_decompositions, codePoint, 42);
    if (pair == 0)
      break;
    rest[parts] = uint32_t(pair) & codePointMask;
    codePoint = uint32_t(pair >> 21);
  }
  bool fits = add(codePoint);
  while (--parts >= 0)
    fits = fits && (rest[parts] == 0 || add(rest[parts]));
  return fits;
}

} // namespace

bool lfm2rt::normalize(const lfm2_tokenizer &t, const uint8_t *&text,
                       int64_t &bytes, Span *plain, uint64_t numPlain,
                       uint8_t *&work, uint8_t *limit) {
  const uint8_t *const begin = text, *const end = text + bytes;
  Composer composer(t, work, limit);
  // The borders of all spans in order, begin and end in turn: those behind
  // `moved` are moved, by how much the text grew in front of them.
  auto *const borders = reinterpret_cast<int64_t *>(plain);
  uint64_t moved = 0;
  int64_t shift = 0;
  // What is written up to `copied`; nothing before `border` can change.
  const uint8_t *copied = begin, *border = begin;
  uint32_t before = 0;
  for (const uint8_t *at = begin; at < end;) {
    if (*at < 0x80) {
      border = at++;
      before = 0;
      continue;
    }
    Character c = decodeCharacter(at, end);
    uint32_t form = formOf(t, c.codePoint);
    if ((form & LFM2_FORM_JOINS) == 0)
      border = at;
    const uint32_t mark = form & LFM2_FORM_CLASS;
    if (form <= LFM2_FORM_CLASS && (mark == 0 || mark >= before)) {
      before = mark;
      at += c.length;
      continue;
    }

    if (!composer.copy(copied, border))
      return false;
    const uint8_t *const from = composer.end();
    at = border;
    do {
      c = decodeCharacter(at, end);
      if (!composer.decompose(c.codePoint == LFM2_NO_CHARACTER ? rawByte | *at
                                                               : c.codePoint))
        return false;
      at += c.length;
    } while (at < end &&
             formOf(t, decodeCharacter(at, end).codePoint) & LFM2_FORM_JOINS);
    if (!composer.settle(noCharacter))
      return false;
    const int64_t first = border - begin, last = at - begin,
                  grown = (composer.end() - from) - (last - first);
    for (; moved < 2 * numPlain && borders[moved] < last; ++moved) {
      const int64_t old = borders[moved];
      int64_t &border = borders[moved];
      if (old > first && moved % 2)
        border = last + grown;
      if (old > first && moved % 2 == 0) // From the first change on.
        for (border = first;
             border < old && from[border - first] == begin[border];)
          ++border;
      border += shift;
    }
    shift += grown;
    copied = border = at;
    before = 0;
  }
  for (; moved < 2 * numPlain; ++moved)
    borders[moved] += shift;
  if (copied == begin)
    return true;
  if (!composer.copy(copied, end))
    return false;
  text = work;
  bytes = composer.end() - work;
  work = composer.end();
  return true;
}

#pragma clang attribute pop
