// For each hash of three tokens, a chain of the places behind them, the latest
// first.
#include "runtime/include/lfm2rt/lookup.h"
#include "runtime/src/Support.h"

using namespace lfm2rt;

struct lfm2rt_lookup {
  uint32_t capacity; // Tokens.
  uint32_t indexed;  // The first tokens, whose places are known.
  uint32_t slots;    // A power of 2.
  uint32_t behind; // How far behind the conversation's end was what was guessed
                   // last; 0: nothing was.
  uint32_t *latest;  // [slots]: the place behind a run of its hash; 0: none.
  uint32_t *earlier; // [capacity]: of a place, the one before it.
  int32_t *tokens;   // [capacity]: those that were indexed.
};

namespace {

constexpr uint32_t runLength = 3, // Tokens.
    longestRun = 32, mostCandidates = 32;
// A text that was copied goes on behind a token that was changed: as long as
// half of so many tokens are those of the text.
constexpr uint32_t followed = 8;

uint32_t slotsFor(uint32_t tokens) {
  uint32_t slots = 64;
  while (slots < tokens && slots < 1u << 31)
    slots *= 2;
  return slots;
}

// Of the run in front of a place.
uint32_t hashBefore(const int32_t *place) {
  uint32_t hash = 0;
  for (uint32_t i = 1; i <= runLength; ++i)
    hash = (hash ^ uint32_t(place[-int64_t(i)])) * 0x9e3779b1u;
  return hash ^ hash >> 15;
}

// How many tokens in front of two places agree, the later one at `end`.
uint32_t countAgreeing(const int32_t *tokens, uint32_t place, uint32_t end) {
  uint32_t n = 0;
  while (n < min(place, longestRun) &&
         tokens[place - 1 - n] == tokens[end - 1 - n])
    ++n;
  return n;
}

// Where the latest place of the run in front of `at` is noted.
uint32_t &latestBefore(const lfm2rt_lookup &lookup, uint32_t at) {
  return lookup.latest[hashBefore(lookup.tokens + at) & (lookup.slots - 1)];
}

// What is indexed stays as far as these tokens begin with it.
void follow(lfm2rt_lookup &lookup, const int32_t *tokens, uint32_t count) {
  uint32_t same = min(lookup.indexed, count);
  if (memcmp(lookup.tokens, tokens, same * sizeof(int32_t)) != 0)
    for (same = 0; lookup.tokens[same] == tokens[same];)
      ++same;
  for (uint32_t at = lookup.indexed; at-- > max(same, runLength);)
    latestBefore(lookup, at) = lookup.earlier[at];
  for (uint32_t at = same; at < count; ++at) {
    lookup.tokens[at] = tokens[at];
    if (at >= runLength) {
      uint32_t &latest = latestBefore(lookup, at);
      lookup.earlier[at] = latest;
      latest = at;
    }
  }
  lookup.indexed = count;
}

// The place behind the longest run that the conversation ends with, or 0.
uint32_t findPlace(const lfm2rt_lookup &lookup, uint32_t count) {
  uint32_t best = 0, longest = runLength - 1;
  uint32_t place = latestBefore(lookup, count);
  for (uint32_t i = 0; place && i < mostCandidates; ++i) {
    uint32_t agreeing = countAgreeing(lookup.tokens, place, count);
    if (agreeing > longest) {
      longest = agreeing;
      best = place;
    }
    place = lookup.earlier[place];
  }
  return best;
}

// The place that moves on with the conversation, or 0 where too few agree.
uint32_t stillFollowed(const lfm2rt_lookup &lookup, uint32_t count) {
  if (lookup.behind == 0 || lookup.behind + followed > count)
    return 0;
  const int32_t *end = lookup.tokens + count, *place = end - lookup.behind;
  uint32_t agreeing = 0;
  for (int64_t i = 1; i <= followed; ++i)
    agreeing += place[-i] == end[-i];
  return 2 * agreeing >= followed ? count - lookup.behind : 0;
}

} // namespace

extern "C" uint64_t lfm2rt_lookup_size(uint32_t tokens) {
  return sizeof(lfm2rt_lookup) + slotsFor(tokens) * uint64_t(sizeof(uint32_t)) +
         2 * uint64_t(tokens) * sizeof(uint32_t);
}

extern "C" lfm2rt_lookup *lfm2rt_lookup_create(void *memory, uint32_t tokens) {
  auto &lookup = *static_cast<lfm2rt_lookup *>(memory);
  uint32_t slots = slotsFor(tokens);
  auto *latest = reinterpret_cast<uint32_t *>(&lookup + 1);
  lookup = {tokens, 0, slots, 0, latest, latest + slots, nullptr};
  lookup.tokens = reinterpret_cast<int32_t *>(lookup.earlier + tokens);
  memset(latest, 0, slots * sizeof(uint32_t));
  return &lookup;
}

extern "C" uint32_t lfm2rt_lookup_draft(const int32_t *tokens, uint32_t count,
                                        int32_t *guesses, uint32_t capacity,
                                        void *user) {
  auto &lookup = *static_cast<lfm2rt_lookup *>(user);
  if (count > lookup.capacity || count < runLength)
    return 0;
  follow(lookup, tokens, count);
  uint32_t place = findPlace(lookup, count);
  if (place == 0)
    place = stillFollowed(lookup, count);
  lookup.behind = place ? count - place : 0;
  if (place == 0)
    return 0;
  // What repeats itself goes on in its own guesses.
  for (uint32_t i = 0; i < capacity; ++i)
    guesses[i] =
        place + i < count ? tokens[place + i] : guesses[place + i - count];
  return capacity;
}
