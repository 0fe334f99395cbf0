// DRY, "don't repeat yourself": a token that would make a repetition longer
// loses the more, the longer that is. Repetitions do not go over breakers.
#include "runtime/sampler/Math.h"
#include "runtime/sampler/Penalties.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace {

// Of a breaker as much counts.
constexpr uint32_t mostBreakerBytes = 40;
constexpr uint32_t mostTail = 20; // Tokens.

// The last tokens, the newest first.
class Recent {
public:
  Recent(const int32_t *tokens, uint32_t count, uint32_t size)
      : end(tokens + count), size(size) {}
  int32_t operator[](uint32_t i) const { return end[-1 - int64_t(i)]; }
  const int32_t *const end;
  const uint32_t size;
};

class Breakers {
public:
  Breakers(const lfm2rt_sampling &settings, const lfm2_tokenizer *tokenizer,
           const Logits &logits)
      : texts(settings.dry_breakers),
        count(tokenizer ? settings.num_dry_breakers : 0), tokenizer(tokenizer),
        logits(logits) {}

  // Whether the token has a whole breaker in its text.
  bool isIn(int32_t token) const {
    for (uint32_t b = 0; b < count; ++b)
      if (contains(textOf(token), b))
        return true;
    return false;
  }

  // How many tokens behind number i belong to the longest breaker that begins
  // in it; -1 where none does.
  int32_t tailAt(const Recent &recent, uint32_t i) const {
    int32_t longest = -1;
    for (uint32_t b = 0; b < count; ++b) {
      Piece piece = textOf(recent[i]);
      if (contains(piece, b)) {
        longest = max(longest, 0);
        continue;
      }
      // What the token ends with is what the breaker begins with.
      uint32_t size = sizeOf(b);
      for (uint32_t n = 1; n < size && n <= piece.bytes; ++n)
        if (memcmp(piece.text + piece.bytes - n, texts[b].text, n) == 0)
          longest = max(longest, match(recent, i, texts[b].text + n, size - n));
    }
    return longest;
  }

private:
  struct Piece {
    const char *text;
    uint32_t bytes;
  };
  Piece textOf(int32_t token) const {
    Piece piece;
    piece.text = lfm2_tokenizer_piece(tokenizer, token, &piece.bytes);
    return piece;
  }
  uint32_t sizeOf(uint32_t b) const {
    return uint32_t(min(texts[b].length, size_t(mostBreakerBytes)));
  }
  bool contains(Piece piece, uint32_t b) const {
    uint32_t size = sizeOf(b);
    for (uint32_t i = 0; size > 0 && i + size <= piece.bytes; ++i)
      if (memcmp(piece.text + i, texts[b].text, size) == 0)
        return true;
    return false;
  }

  // The tokens of the rest, if they follow; otherwise -1.
  int32_t match(const Recent &recent, uint32_t i, const char *rest,
                uint32_t bytes) const {
    int32_t ids[mostTail];
    int64_t n = lfm2_tokenizer_encode(
        tokenizer, rest, bytes, 0, ids, mostTail, logits.work,
        logits.vocabulary * uint64_t(sizeof(*logits.work)));
    if (n == LFM2_TOKENIZE_NO_WORK)
      return -1;
    n = n < 0 ? mostTail : n;
    if (n > i)
      return -1;
    for (uint32_t t = 0; t < n; ++t)
      if (ids[t] != recent[i - 1 - t])
        return -1;
    return int32_t(n);
  }

  const lfm2rt_text *texts;
  uint32_t count;
  const lfm2_tokenizer *tokenizer;
  const Logits &logits;
};

// How many tokens may repeat: those behind the last breaker.
uint32_t unbroken(const Recent &recent, const Breakers &breakers) {
  for (uint32_t i = 0; i < recent.size; ++i) {
    int32_t tail = breakers.tailAt(recent, i);
    if (tail >= 0)
      return i - uint32_t(tail);
  }
  return recent.size;
}

// Calls use(k, n) for k = 1 ... size - 1: the n newest tokens also stand k
// before, and n + 1 do not, or n is `most`, which `lengths` has room for. This
// is the Z algorithm; it needs the lengths of the first `most` k alone, since
// none that it looks up is farther back than a repetition is long.
template <typename Use>
void findRepeats(const Recent &recent, uint32_t most, uint16_t *lengths,
                 Use use) {
  uint32_t left = 0, right = 0; // Of the repetition that reaches back farthest.
  for (uint32_t k = 1; k < recent.size; ++k) {
    uint32_t n = k < right ? min(uint32_t(lengths[k - left]), right - k) : 0;
    if (k + n >= right) {
      while (n < most && k + n < recent.size && recent[n] == recent[k + n])
        ++n;
      left = k;
      right = k + n;
    }
    if (k < most)
      lengths[k] = uint16_t(n);
    use(k, n);
  }
}

} // namespace

bool hasDry(const lfm2rt_sampling &s) {
  return s.dry_multiplier != 0 && s.dry_base >= 1 && s.dry_window > 0;
}

void penaliseRepeats(const Logits &logits, const lfm2rt_sampling &settings,
                     const int32_t *tokens, uint32_t count,
                     const lfm2_tokenizer *tokenizer) {
  Recent recent(tokens, count, min(count, uint32_t(settings.dry_window)));
  int32_t allowed = settings.dry_allowed_length;
  Breakers breakers(settings, tokenizer, logits);
  if (int64_t(recent.size) <= allowed)
    return;
  uint32_t most = unbroken(recent, breakers);
  if (int64_t(most) < allowed)
    return;
  // From this exponent on a float would overflow, and the power stays.
  int32_t mostExponent = 0;
  if (settings.dry_base > 1.000001f)
    mostExponent = int32_t(88.7228391f / float(logarithm(settings.dry_base)));
  if (mostExponent > 0)
    most = uint32_t(
        min(int64_t(most), max(int64_t(allowed) + mostExponent, int64_t(0))));
  // The lengths take one half of the work memory, the longest for each token
  // the other.
  most = min(most, min(logits.vocabulary, 65536u) - 1);
  auto *lengths = reinterpret_cast<uint16_t *>(logits.work);
  uint16_t *longest = lengths + logits.vocabulary;
  findRepeats(recent, most, lengths, [&](uint32_t k, uint32_t n) {
    uint32_t next = uint32_t(recent[k - 1]);
    if (next < logits.vocabulary && int64_t(n) >= allowed)
      longest[next] =
          uint16_t(logits.mark(next) ? n : max(n, uint32_t(longest[next])));
  });
  for (uint32_t k = 1; k < recent.size; ++k) {
    uint32_t next = uint32_t(recent[k - 1]);
    if (next >= logits.vocabulary || !logits.unmark(next) ||
        breakers.isIn(int32_t(next)))
      continue;
    double grown = power(settings.dry_base, int64_t(longest[next]) - allowed);
    logits.values[next] -= float(settings.dry_multiplier * grown);
  }
}

} // namespace lfm2rt
