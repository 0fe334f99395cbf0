// The mask of the tokens that may follow a configuration: by going over the
// tokens in the order of their bytes.
#include "runtime/grammar/Matcher.h"

namespace lfm2rt {
namespace grammar {

// Whether all bytes from `low` to `high`, with `rest` more bytes of the inside
// of a character behind each, lead to one configuration.
bool Matcher::haveTarget(uint32_t configuration, uint32_t low, uint32_t high,
                         uint32_t rest, uint32_t &target) {
  uint32_t last = unknown;
  for (uint32_t byte = low; byte <= high; ++byte) {
    const uint32_t next = lookUp(configuration, byte);
    if (next == last)
      continue;
    if (next <= full)
      return false;
    last = next;
    if (rest > 0) {
      if (!haveTarget(next, 0x80, 0xbf, rest - 1, target))
        return false;
    } else if (target == unknown) {
      target = next;
    } else if (target != next) {
      return false;
    }
  }
  return true;
}

// What any whole character beyond ASCII leads to; `dead` where they differ.
uint32_t Matcher::wideTarget(uint32_t configuration) {
  // The first bytes, which second ones may follow, and how many more.
  static const uint8_t forms[][5] = {
      {0xc2, 0xdf, 0x80, 0xbf, 0}, {0xe0, 0xe0, 0xa0, 0xbf, 1},
      {0xe1, 0xec, 0x80, 0xbf, 1}, {0xed, 0xed, 0x80, 0x9f, 1},
      {0xee, 0xef, 0x80, 0xbf, 1}, {0xf0, 0xf0, 0x90, 0xbf, 2},
      {0xf1, 0xf3, 0x80, 0xbf, 2}, {0xf4, 0xf4, 0x80, 0x8f, 2}};
  uint32_t target = unknown;
  for (const uint8_t *form : forms) {
    uint32_t last = unknown;
    for (uint32_t byte = form[0]; byte <= form[1]; ++byte) {
      const uint32_t next = lookUp(configuration, byte);
      if (next == last)
        continue;
      if (next <= full || !haveTarget(next, form[2], form[3], form[4], target))
        return dead;
      last = next;
    }
  }
  return target;
}

// Notes of which kinds all characters lead to the same configuration, and to
// which.
void Matcher::findRun(uint32_t configuration) {
  if (at(configuration).runTarget != unknown)
    return;
  at(configuration).runTarget = dead;
  // Most configurations want certain bytes.
  bool isWide = false;
  for (const char *some = "ek5T "; *some; ++some)
    isWide |= lookUp(configuration, uint8_t(*some)) > full;
  if (!isWide && lookUp(configuration, 0xc3) <= full)
    return;
  uint32_t targets[numKinds];
  for (uint32_t &target : targets)
    target = unknown;
  for (uint32_t byte = 0; byte < 128; ++byte) {
    uint32_t kind = 0;
    while (kindOfByte(uint8_t(byte)) >> kind != 1)
      ++kind;
    const uint32_t next = lookUp(configuration, byte);
    if (targets[kind] == unknown && next > full)
      targets[kind] = next;
    else if (targets[kind] != next)
      targets[kind] = dead;
  }
  uint32_t &wide = targets[numKinds - 2];
  static_assert(kindWide == 1 << (numKinds - 2), "the one before the last");
  wide = wideTarget(configuration);
  uint32_t kinds = 0, runTarget = dead;
  for (uint32_t kind = 0; kind < numKinds; ++kind)
    if (targets[kind] > full &&
        (runTarget == dead || targets[kind] == runTarget)) {
      runTarget = targets[kind];
      kinds |= 1u << kind;
    }
  // Without memory for all of them it is not known.
  if (isFull)
    return;
  at(configuration).runTarget = runTarget;
  at(configuration).runKinds = kinds;
}

Matcher::Run Matcher::runOf(uint32_t configuration) {
  findRun(configuration);
  Run run = {at(configuration).runKinds, 0};
  while (run.length < mostListCharacters) {
    const uint32_t target = at(configuration).runTarget;
    if (target <= full)
      break;
    ++run.length;
    if (target == configuration) {
      run.length = mostTokenBytes;
      break;
    }
    configuration = target;
    findRun(configuration);
    if ((at(configuration).runKinds & run.kinds) != run.kinds)
      break;
  }
  return run;
}

void Matcher::allowAll(const uint32_t *mask) {
  for (uint32_t i = 0; i < vocabulary.words; ++i)
    bits[i] |= mask[i];
  numListed = isDense;
}

// What edges for tokens read.
void Matcher::allowTokens(uint32_t configuration) {
  Configuration &c = at(configuration);
  const Item *from = itemsOf(c);
  // All but one, or all where two differ in which.
  uint32_t except = isDense;
  for (uint32_t i = 0; i < c.numItems; ++i)
    for (uint32_t e = states[from[i].state].tokens; e < endOf(from[i].state);
         ++e) {
      const uint32_t id = edges[e].what & ~anyOther;
      if (!(edges[e].what & anyOther) || id == except)
        continue;
      allowAll(vocabulary.text);
      if (except == isDense)
        bits[id / 32] &= ~(1u << id % 32);
      except = id;
    }
  for (uint32_t i = 0; i < c.numItems; ++i)
    for (uint32_t e = states[from[i].state].tokens; e < endOf(from[i].state);
         ++e)
      if (!(edges[e].what & anyOther))
        allowId(edges[e].what);
}

// Into `bits`, and `listed`.
void Matcher::build() {
  memset(bits, 0, sizeof(*bits) * vocabulary.words);
  numListed = 0;
  const uint32_t flags = at(*owner).flags;
  if (flags & mayEnd)
    for (uint32_t i = 0; i < vocabulary.words; ++i)
      for (uint32_t left = vocabulary.stops[i]; left; left &= left - 1)
        allowId(i * 32 + uint32_t(__builtin_ctz(left)));
  if (flags & readsTokens)
    allowTokens(*owner);
  if (!(flags & readsText))
    return;
  numForgotten = 0;
  Run run = runOf(*owner);
  if (isFull) {
    forget(*owner);
    run = runOf(*owner);
  }
  if (isFull) {
    forget(*owner);
    run = {};
  }
  for (uint32_t list = 0; list < numLists; ++list) {
    const bool isAll = list + 1 < numLists &&
                       !(listKinds[list] & ~run.kinds & (1u << numKinds) - 1);
    if (isAll && run.length >= mostListCharacters)
      allowAll(vocabulary.mask[list]);
    else
      allowList(list, run);
  }
}

const uint32_t *Matcher::mask() {
  const Configuration &known = at(*owner);
  if (known.maskAge == maskAge) {
    const uint32_t *kept = masks + known.mask;
    if (known.maskListed == isDense)
      return kept;
    memset(bits, 0, sizeof(*bits) * vocabulary.words);
    for (uint32_t i = 0; i < known.maskListed; ++i)
      bits[kept[i] / 32] |= 1u << kept[i] % 32;
    return bits;
  }
  build();
  const uint32_t words = numListed == isDense ? vocabulary.words : numListed;
  if (words > maskWords - masksUsed) {
    if (words > maskWords)
      return bits;
    masksUsed = 0;
    ++maskAge;
  }
  Configuration &c = at(*owner);
  c.mask = masksUsed;
  c.maskListed = numListed;
  c.maskAge = maskAge;
  memcpy(masks + masksUsed, numListed == isDense ? bits : listed,
         sizeof(uint32_t) * words);
  masksUsed += words;
  return bits;
}

} // namespace grammar
} // namespace lfm2rt
