// The split of a text into words: the steps of the section, run by their tables
// (tokenizer_format.h says what is in them).
//
// A step goes over its piece three times: it marks each character with its
// class, replaces the classes by states from the end on, and follows the
// matches. A piece is split further as soon as it is found; its marks are then
// free.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

class Splitter {
public:
  Splitter(const lfm2_tokenizer &t, const uint8_t *text, uint8_t *marks,
           WordVisitor visit, void *context)
      : t(t), text(text), marks(marks), visit(visit), context(context) {}

  bool split(uint32_t step, size_t begin, size_t end) const;

private:
  void mark(const lfm2_tokenizer_step &step, size_t begin, size_t end) const;

  const lfm2_tokenizer &t;
  const uint8_t *text;
  uint8_t *marks;
  WordVisitor visit;
  void *context;
};

void Splitter::mark(const lfm2_tokenizer_step &step, size_t begin,
                    size_t end) const {
  for (size_t at = begin; at < end;) {
    const Character c = decodeCharacter(text + at, text + end);
    marks[at] = classOf(t, c.codePoint);
    for (uint32_t i = 1; i < c.length; ++i)
      marks[at + i] = 0;
    at += c.length;
  }
  const uint8_t *reverse = automataOf(t) + step.reverse;
  const uint32_t classes = t.header->classes;
  uint32_t state = 1;
  for (size_t at = end; at-- > begin;)
    if (const uint8_t kind = marks[at])
      marks[at] = uint8_t(state = reverse[state * classes + kind]);
}

bool Splitter::split(uint32_t index, size_t begin, size_t end) const {
  if (begin == end)
    return true;
  if (index == t.header->tables[LFM2_TOKENIZER_STEPS].count)
    return visit(context, text + begin, end - begin);
  const lfm2_tokenizer_step &step = stepsOf(t)[index];
  mark(step, begin, end);

  const uint8_t *next = automataOf(t) + step.next;
  // The row behind the character at `at`, which moves on.
  const auto read = [&](uint32_t row, size_t at) {
    return next[row * step.states + (at == end ? 1u : marks[at])];
  };
  const auto advance = [&](size_t &at) {
    while (++at < end && marks[at] == 0) {
    }
  };

  // A stretch, of a match (1) or between two (0), ends the piece before it or
  // becomes part of it.
  size_t piece = begin, stretch = begin;
  uint32_t last = 0;
  const auto add = [&](uint32_t kind, size_t to) {
    bool good = true;
    if (step.pieces >> (LFM2_SPLIT_CUT + last * 2 + kind) & 1) {
      good = step.pieces >> (LFM2_SPLIT_DROP + last) & 1 ||
             split(index + 1, piece, stretch);
      piece = stretch;
    }
    last = kind;
    stretch = to;
    return good;
  };

  for (size_t start = begin, lastEnd = end + 1; start <= end;) {
    size_t at = start;
    uint32_t row = 0;
    while ((row = read(row, at)) != LFM2_SPLIT_ACCEPT && row != LFM2_SPLIT_NONE)
      advance(at);
    // Nothing right behind a match is no match.
    if (row == LFM2_SPLIT_NONE || (at == start && at == lastEnd)) {
      advance(start);
      continue;
    }
    if ((start > stretch && !add(0, start)) || !add(1, at))
      return false;
    start = lastEnd = at;
  }
  if (stretch < end && !add(0, end))
    return false;
  return step.pieces >> (LFM2_SPLIT_DROP + last) & 1 ||
         split(index + 1, piece, end);
}

} // namespace

bool lfm2rt::splitText(const lfm2_tokenizer &tokenizer, const uint8_t *text,
                       size_t bytes, uint8_t *marks, WordVisitor visit,
                       void *context) {
  return Splitter(tokenizer, text, marks, visit, context).split(0, 0, bytes);
}
