// The family's split of a text into pre-tokens, without a regex engine:
//
//   (?i:'s|'t|'re|'ve|'m|'ll|'d) | [^\r\n\p{L}\p{N}]?\p{L}+ | \p{N}{1,3} |
//    ?[^\s\p{L}\p{N}]+[\r\n]* | \s*[\r\n]+ | \s+(?!\S) | \s+
//
// The first alternative that matches wins, as in a backtracking engine; what
// backtracking would find is computed, so a text is read a bounded number of
// times whatever it holds.

#include "runtime/tokenizer/Text.h"

using namespace lfm2rt;

namespace {

class Splitter {
public:
  Splitter(const lfm2_tokenizer &tokenizer, const uint8_t *end)
      : tokenizer(tokenizer), end(end) {}

  size_t first(const uint8_t *text) const;

private:
  // The class of the character at `at`, and its length; -1 at the end.
  int peek(const uint8_t *at, uint32_t &length) const {
    if (at == end)
      return -1;
    const Character c = decodeCharacter(at, end);
    length = c.length;
    return tokenizer.class_flags[classOf(tokenizer, c.codePoint)] &
           (LFM2_CLASS_SPACE | LFM2_CLASS_LETTER | LFM2_CLASS_NUMBER);
  }

  // Behind the run of characters of one class.
  const uint8_t *skip(const uint8_t *at, int wanted) const {
    for (uint32_t length; peek(at, length) == wanted;)
      at += length;
    return at;
  }

  const uint8_t *skipNewlines(const uint8_t *at) const {
    while (at != end && (*at == '\r' || *at == '\n'))
      ++at;
    return at;
  }

  size_t contraction(const uint8_t *text) const;
  size_t spaces(const uint8_t *text) const;

  const lfm2_tokenizer &tokenizer;
  const uint8_t *end;
};

// Bytes of 's 't 're 've 'm 'll 'd in any case, or 0. U+017F, the long s, is an
// s in another case too; no other character folds to one of these letters.
size_t Splitter::contraction(const uint8_t *text) const {
  const size_t left = size_t(end - text);
  if (text[0] != '\'' || left < 2)
    return 0;
  const uint8_t a = text[1] | 0x20;
  if (a == 's' || a == 't' || a == 'm' || a == 'd')
    return 2;
  if (left < 3)
    return 0;
  if (text[1] == 0xc5 && text[2] == 0xbf)
    return 3;
  const uint8_t b = text[2] | 0x20;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') ||
      (a == 'l' && b == 'l'))
    return 3;
  return 0;
}

// White space that no word takes: up to the last line break of the run; without
// one the run, whose last character is left to the word that follows it.
size_t Splitter::spaces(const uint8_t *text) const {
  const uint8_t *at = text, *last = text, *behindBreak = nullptr;
  for (uint32_t length; peek(at, length) == LFM2_CLASS_SPACE;) {
    last = at;
    at += length;
    if (*last == '\r' || *last == '\n')
      behindBreak = at;
  }
  if (behindBreak)
    return size_t(behindBreak - text);
  return size_t((at == end || last == text ? at : last) - text);
}

size_t Splitter::first(const uint8_t *text) const {
  if (size_t bytes = contraction(text))
    return bytes;
  uint32_t length = 0, next = 0;
  const int kind = peek(text, length);
  const uint8_t *at = text + length;

  if (kind == LFM2_CLASS_LETTER)
    return size_t(skip(at, LFM2_CLASS_LETTER) - text);
  if (kind == LFM2_CLASS_NUMBER) {
    for (int i = 0; i < 2 && peek(at, next) == LFM2_CLASS_NUMBER; ++i)
      at += next;
    return size_t(at - text);
  }

  const int following = peek(at, next);
  const bool lineBreak = *text == '\r' || *text == '\n';
  if (following == LFM2_CLASS_LETTER && !lineBreak)
    return size_t(skip(at, LFM2_CLASS_LETTER) - text);
  if (kind == 0 ||
      (*text == ' ' && following == 0))
    return size_t(skipNewlines(skip(at, 0)) - text);
  return spaces(text);
}

} // namespace

size_t lfm2rt::splitWord(const lfm2_tokenizer &tokenizer, const uint8_t *text,
                         const uint8_t *end) {
  return Splitter(tokenizer, end).first(text);
}
