// Added tokens in a text, as the `tokenizers` package finds them.
//
// At each place the longest token is taken. What is not wanted there is passed
// over as a whole: no shorter token is looked for inside. White space that a
// token takes along may hold further tokens; they are found, too.

#ifndef LFM2RT_TOKENIZER_LITERALS_H
#define LFM2RT_TOKENIZER_LITERALS_H

#include "runtime/tokenizer/Text.h"

namespace lfm2rt {

class LiteralFinder {
public:
  /// Looks for the tokens of `pass` (LFM2_LITERALS_*) in `bytes` bytes of
  /// `text`. Control tokens are taken if `parseSpecial`, but where they touch
  /// `plain`.
  LiteralFinder(const lfm2_tokenizer &t, int pass, const uint8_t *text,
                int64_t bytes, bool parseSpecial, Spans plain)
      : t(t), pass(pass), text(text), bytes(bytes), parseSpecial(parseSpecial),
        plain(plain) {}

  /// The next token, or LFM2_TOKEN_NONE. Sets what lies between it and the one
  /// before; `between.end` may be below `between.begin` where one token takes
  /// the white space that another one is made of.
  uint32_t next(Span &between);

private:
  bool taken(uint32_t literal, int64_t start, int64_t end) const;
  int byteOf(uint32_t literal, uint32_t depth) const;
  uint32_t lowerBound(uint32_t low, uint32_t high, uint32_t depth,
                      int byte) const;
  int64_t longestAt(int64_t start, uint32_t &literal) const;
  int flagsBefore(int64_t &at) const;
  int flagsAt(int64_t &at) const;

  const lfm2_tokenizer &t;
  const int pass;
  const uint8_t *text;
  const int64_t bytes;
  const bool parseSpecial;
  const Spans plain;
  int64_t at = 0;       // Where the search goes on.
  int64_t behind = 0;   // The last token and its white space end here.
  int64_t spacesTo = 0; // From `at` to here all is white space.
};

} // namespace lfm2rt

#endif // LFM2RT_TOKENIZER_LITERALS_H
