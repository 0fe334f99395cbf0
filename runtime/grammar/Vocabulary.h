// The tokens of a model that stand for text, in the order of their bytes:
// tokens that start alike follow each other, so that what they have in common
// is read once.
//
// They lie in lists by the kinds of bytes that they are made of. Of a state
// that goes on with any bytes of some kinds, as within a string, the lists of
// these kinds need not be gone through: their masks are there.
#ifndef LFM2RT_GRAMMAR_VOCABULARY_H
#define LFM2RT_GRAMMAR_VOCABULARY_H

#include "runtime/include/lfm2rt/constraint.h"
#include "runtime/src/Support.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {
namespace grammar {

// Kinds of bytes, as bits. A state mostly treats those of a kind alike.
enum : uint16_t {
  kindLowerHex = 1 << 0, // a to f
  kindLower = 1 << 1,    // g to z
  kindUpperHex = 1 << 2,
  kindUpper = 1 << 3,
  kindDigit = 1 << 4,
  kindSpace = 1 << 5,
  kindQuote = 1 << 6,
  kindBackslash = 1 << 7,
  kindControl = 1 << 8, // Below 32, and 127.
  kindDash = 1 << 9,
  kindUnderscore = 1 << 10,
  kindPoint = 1 << 11,
  kindOther = 1 << 12, // Other signs of ASCII.
  kindWide = 1 << 13,  // Whole characters beyond ASCII.
  kindBroken = 1 << 14,
  numKinds = 15,
};

uint16_t kindOfByte(uint8_t byte); // Below 128.

// Tokens of more bytes are in no mask.
constexpr uint32_t mostTokenBytes = 255;
// Characters of a token in the lists with masks.
constexpr uint32_t mostListCharacters = 16;

// Tokens whose bytes are of these kinds, and in no list before.
constexpr uint16_t listKinds[] = {
    kindLowerHex | kindLower | kindUpperHex | kindUpper | kindSpace,
    uint16_t(~(kindQuote | kindBackslash | kindControl | kindBroken)),
    0xffff, // All that is left; of any length.
};
constexpr uint32_t numLists = 3;

} // namespace grammar
} // namespace lfm2rt

struct lfm2rt_vocabulary {
  const lfm2_tokenizer *tokenizer;
  uint32_t words;  // Of a mask.
  uint32_t tokens; // In all lists.
  uint64_t used;
  // [tokens + 1], tokens of a list behind each other.
  const uint32_t *ids;
  const uint32_t *offsets; // Of its bytes behind `shared`, in `suffixes`.
  const uint8_t *shared;   // Bytes that it has in common with the one before.
  const uint8_t *characters;
  const uint16_t *kinds;
  const uint8_t *suffixes;
  // [257] of each list, the tokens that start with a byte: from first[byte] to
  // first[byte + 1].
  uint32_t first[lfm2rt::grammar::numLists][257];
  const uint32_t *mask[lfm2rt::grammar::numLists]; // [words] of each list.
  const uint32_t *stops; // [words] The tokens that end a text.
  const uint32_t *text;  // [words] All in the lists.
};

namespace lfm2rt {
namespace grammar {

// For ids below `vocabulary`; the tokenizer stays where it is as long as what
// is made.
uint64_t vocabularySize(const lfm2_tokenizer &tokenizer, uint32_t vocabulary);
lfm2rt_vocabulary *makeVocabulary(const lfm2_tokenizer &tokenizer,
                                  uint32_t vocabulary, void *memory);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_VOCABULARY_H
