#include "runtime/grammar/Matcher.h"

namespace lfm2rt {
namespace grammar {

namespace {

constexpr uint32_t seenSlots = 2 * mostItems;

uint32_t mix(uint32_t a, uint32_t b) {
  uint32_t hash = a * 0x9e3779b1u ^ b * 0x85ebca77u;
  hash ^= hash >> 15;
  hash *= 0x2c1b3c6du;
  return hash ^ hash >> 13;
}

uint64_t keyOf(Item item) { return uint64_t(item.state) << 32 | item.frame; }

// Shell's sort: most often there is one.
void sort(Item *items, uint32_t count) {
  for (uint32_t gap = count / 2; gap > 0; gap /= 2)
    for (uint32_t i = gap; i < count; ++i) {
      const Item item = items[i];
      uint32_t j = i;
      for (; j >= gap && keyOf(item) < keyOf(items[j - gap]); j -= gap)
        items[j] = items[j - gap];
      items[j] = item;
    }
}

uint32_t powerBelow(uint64_t value) {
  uint32_t power = 1;
  while (power * uint64_t(2) <= value)
    power *= 2;
  return power;
}

} // namespace

void Matcher::make(Arena &arena, uint32_t cache, uint32_t *configuration) {
  owner = configuration;
  cache = max(cache, leastCache);
  // Half for masks; a frame has a bucket and a number besides.
  frameCapacity = powerBelow(cache / 8 / (sizeof(Frame) + 8));
  poolWords = cache / 8 * 3 / 8;
  numBuckets = powerBelow(poolWords / 32);
  maskWords = cache / 2 / 4;
  auto take = [&](uint64_t bytes) { return arena.take(bytes); };
  pool = static_cast<uint64_t *>(take(8 * uint64_t(poolWords)));
  buckets = static_cast<uint32_t *>(take(4 * uint64_t(numBuckets)));
  frames = static_cast<Frame *>(take(sizeof(Frame) * uint64_t(frameCapacity)));
  frameBuckets = static_cast<uint32_t *>(take(4 * uint64_t(frameCapacity)));
  moved = static_cast<uint32_t *>(take(4 * uint64_t(frameCapacity)));
  masks = static_cast<uint32_t *>(take(4 * uint64_t(maskWords)));
  items = static_cast<Item *>(take(sizeof(Item) * mostItems));
  seen = static_cast<uint32_t *>(take(4 * seenSlots));
  bits = static_cast<uint32_t *>(take(4 * uint64_t(vocabulary.words)));
  if (arena.overflowed())
    return;
  memset(seen, 0, sizeof(*seen) * seenSlots);
  clear();
}

void Matcher::clear() {
  memset(buckets, 0, sizeof(*buckets) * numBuckets);
  memset(frameBuckets, 0, sizeof(*frameBuckets) * frameCapacity);
  poolUsed = full + 1;
  numFrames = 1; // 0 is none.
  masksUsed = 0;
  ++maskAge;
  ++currentAge;
}

uint32_t Matcher::frame(uint32_t state, uint32_t parent) {
  uint32_t &bucket = frameBuckets[mix(state, parent) & (frameCapacity - 1)];
  for (uint32_t i = bucket; i; i = frames[i].sameBucket)
    if (frames[i].state == state && frames[i].parent == parent)
      return i;
  const uint32_t depth = parent ? frames[parent].depth + 1 : 1;
  if (depth > mostFrames)
    return 0;
  if (numFrames == frameCapacity) {
    isFull = true;
    return 0;
  }
  frames[numFrames] = {state, parent, depth, bucket};
  return bucket = numFrames++;
}

// Adds an item that is not there yet.
void Matcher::add(uint32_t state, uint32_t frame) {
  uint32_t slot = mix(state, frame) % seenSlots;
  for (; seen[slot]; slot = (slot + 1) % seenSlots) {
    const Item &item = items[seen[slot] - 1];
    if (item.state == state && item.frame == frame)
      return;
  }
  if (numItems == mostItems)
    return;
  items[numItems++] = {state, frame};
  seen[slot] = numItems;
}

void Matcher::clearSeen() {
  for (uint32_t i = 0; i < numItems; ++i) {
    uint32_t slot = mix(items[i].state, items[i].frame) % seenSlots;
    for (; seen[slot]; slot = (slot + 1) % seenSlots)
      seen[slot] = 0;
  }
}

// Adds what is reached from the items without reading anything, and leaves
// those that read something.
void Matcher::close() {
  newFlags = 0;
  for (uint32_t i = 0; i < numItems && !isFull; ++i) {
    const Item item = items[i];
    const State &state = states[item.state];
    if (state.bytes & isFinal) {
      if (item.frame == 0)
        newFlags |= mayEnd;
      else
        add(frames[item.frame].state, frames[item.frame].parent);
    }
    for (uint32_t e = state.calls; e < state.tokens; ++e) {
      const uint32_t target = edges[e].target;
      uint32_t parent = item.frame;
      // Where nothing follows, the rule that is called ends the one that calls.
      if (!(states[target].bytes & isFinal) ||
          bytesOf(target) != endOf(target)) {
        parent = frame(target, item.frame);
        if (!parent)
          continue; // Too deep, or no memory.
      }
      add(grammar.starts()[edges[e].what], parent);
    }
  }
  clearSeen();
  uint32_t kept = 0;
  for (uint32_t i = 0; i < numItems; ++i) {
    const uint32_t state = items[i].state;
    const bool text = states[state].calls > bytesOf(state);
    const bool tokens = endOf(state) > states[state].tokens;
    newFlags |= (text ? readsText : 0) | (tokens ? readsTokens : 0);
    if (text || tokens)
      items[kept++] = items[i];
  }
  numItems = kept;
  sort(items, numItems);
}

// The configuration of the items, which are sorted.
uint32_t Matcher::intern() {
  const uint32_t count = numItems;
  numItems = 0;
  if (count == 0 && !(newFlags & mayEnd))
    return dead;
  uint32_t hash = newFlags;
  for (uint32_t i = 0; i < count; ++i)
    hash = mix(hash ^ items[i].state, items[i].frame);
  uint32_t &bucket = buckets[hash & (numBuckets - 1)];
  for (uint32_t number = bucket; number; number = at(number).sameBucket) {
    Configuration &c = at(number);
    if (c.hash == hash && c.numItems == count && c.flags == newFlags &&
        memcmp(itemsOf(c), items, sizeof(Item) * count) == 0)
      return number;
  }
  const uint64_t bytes = sizeof(Configuration) +
                         sizeof(uint32_t) * alignUp(grammar.numClasses, 2) +
                         sizeof(Item) * uint64_t(count);
  const uint64_t words = (bytes + 7) / 8;
  if (words > poolWords - poolUsed) {
    isFull = true;
    return full;
  }
  const uint32_t number = poolUsed;
  poolUsed += uint32_t(words);
  Configuration &c = at(number);
  memset(&c, 0, size_t(bytes));
  c.hash = hash;
  c.sameBucket = bucket;
  c.numItems = count;
  c.flags = newFlags;
  bucket = number;
  memcpy(itemsOf(c), items, sizeof(Item) * count);
  return number;
}

uint32_t Matcher::keep() {
  close();
  if (!isFull)
    return intern();
  numItems = 0;
  return full;
}

// Forgets all but this one and the one that the owner is at, which get other
// numbers. Their frames move to the front in their order: a parent is before
// what it was called from.
void Matcher::forget(uint32_t &configuration) {
  // In the order of their places, so that none is overwritten before it is
  // read.
  uint32_t *keep[] = {&configuration, owner};
  if (*owner <= full || *owner >= poolUsed || *owner == configuration)
    keep[1] = nullptr;
  else if (*owner < configuration)
    keep[0] = owner, keep[1] = &configuration;
  const bool isOwner = *owner == configuration;
  memset(moved, 0, sizeof(*moved) * numFrames);
  for (uint32_t *number : keep)
    for (uint32_t i = 0; number && i < at(*number).numItems; ++i)
      for (uint32_t f = itemsOf(at(*number))[i].frame; f && !moved[f];
           f = frames[f].parent)
        moved[f] = 1;
  const uint32_t before = numFrames;
  clear();
  for (uint32_t f = 1; f < before; ++f)
    if (moved[f]) {
      const Frame old = frames[f];
      moved[f] = frame(old.state, old.parent ? moved[old.parent] : 0);
    }
  isFull = false;
  for (uint32_t *number : keep) {
    if (!number)
      continue;
    const Configuration &c = at(*number);
    newFlags = c.flags;
    numItems = c.numItems;
    for (uint32_t i = 0; i < numItems; ++i) {
      const Item item = itemsOf(at(*number))[i];
      items[i] = {item.state, item.frame ? moved[item.frame] : 0};
    }
    sort(items, numItems);
    *number = intern();
  }
  if (isOwner)
    *owner = configuration;
}

uint32_t Matcher::start() {
  add(grammar.starts()[0], 0);
  uint32_t configuration = keep();
  if (configuration == full) {
    clear();
    isFull = false;
    add(grammar.starts()[0], 0);
    configuration = keep();
    isFull = false;
  }
  return configuration == full ? uint32_t(dead) : configuration;
}

uint32_t Matcher::step(uint32_t configuration, uint8_t byte) {
  Configuration &c = at(configuration);
  const Item *from = itemsOf(c);
  for (uint32_t i = 0; i < c.numItems; ++i) {
    const uint32_t end = states[from[i].state].calls;
    for (uint32_t e = bytesOf(from[i].state); e < end; ++e)
      if ((edges[e].what & 0xff) <= byte && byte <= edges[e].what >> 8)
        add(edges[e].target, from[i].frame);
  }
  const uint32_t next = numItems > 0 ? keep() : uint32_t(dead);
  if (next != full)
    nextOf(c)[grammar.classOf[byte]] = next;
  return next;
}

uint32_t Matcher::advance(uint32_t configuration, uint8_t byte) {
  uint32_t next = lookUp(configuration, byte);
  if (next == full) {
    forget(configuration);
    next = lookUp(configuration, byte);
    isFull = false;
  }
  return next == full ? uint32_t(dead) : next;
}

uint32_t Matcher::acceptText(uint32_t configuration, uint32_t token) {
  uint32_t length;
  const char *piece =
      lfm2_tokenizer_piece(vocabulary.tokenizer, int32_t(token), &length);
  for (uint32_t i = 0; i < length && configuration != dead; ++i)
    configuration = advance(configuration, uint8_t(piece[i]));
  return configuration;
}

uint32_t Matcher::accept(uint32_t configuration, uint32_t token) {
  const bool isText = token / 32 < vocabulary.words &&
                      vocabulary.text[token / 32] >> token % 32 & 1;
  if (!(at(configuration).flags & readsTokens))
    return isText ? acceptText(configuration, token) : uint32_t(dead);
  // What edges for tokens lead to, and what the bytes do: the text may be at
  // both.
  uint32_t byToken = full;
  for (int attempt = 0; attempt < 2 && byToken == full; ++attempt) {
    if (attempt > 0)
      forget(configuration);
    const Configuration &c = at(configuration);
    const Item *from = itemsOf(at(configuration));
    for (uint32_t i = 0; i < c.numItems; ++i)
      for (uint32_t e = states[from[i].state].tokens; e < endOf(from[i].state);
           ++e) {
        const uint32_t id = edges[e].what & ~anyOther;
        if (edges[e].what & anyOther ? isText && id != token : id == token)
          add(edges[e].target, from[i].frame);
      }
    byToken = numItems > 0 ? keep() : uint32_t(dead);
  }
  isFull = false;
  if (byToken == full)
    byToken = dead;
  if (!isText)
    return byToken;
  const uint32_t age = currentAge;
  const uint32_t byText = acceptText(configuration, token);
  // Where memory ended on the way there is only the one.
  if (byToken == dead || age != currentAge)
    return byText;
  if (byText == dead)
    return byToken;
  const uint32_t both[] = {byToken, byText};
  for (uint32_t number : both) {
    Configuration &c = at(number);
    for (uint32_t i = 0; i < c.numItems; ++i)
      add(itemsOf(c)[i].state, itemsOf(c)[i].frame);
  }
  clearSeen();
  sort(items, numItems);
  newFlags = at(byToken).flags | at(byText).flags;
  const uint32_t joined = intern();
  isFull = false;
  return joined == full ? byToken : joined;
}

int Matcher::onlyByte(uint32_t configuration) const {
  Configuration &c = at(configuration);
  // What can be read in many ways takes its time, and mostly has a choice.
  if (c.flags != readsText || c.numItems > mostForcedItems)
    return -1;
  int only = -1;
  for (uint32_t i = 0; i < c.numItems; ++i) {
    const uint32_t state = itemsOf(c)[i].state;
    for (uint32_t e = bytesOf(state); e < states[state].calls; ++e) {
      const int low = int(edges[e].what & 0xff);
      if (low != int(edges[e].what >> 8) || (only >= 0 && only != low))
        return -1;
      only = low;
    }
  }
  return only;
}

} // namespace grammar
} // namespace lfm2rt
