// Where a text may stand in a grammar, and which tokens can follow.
//
// A place is an item: a state of a rule, and a frame, which says where the rule
// was called from. All items that a text can be at together are a
// configuration. Equal frames and equal configurations are kept once, with what
// each byte makes of them, so that most bytes cost two loads; and with the mask
// of tokens. All lies in memory of a fixed size. When that is full, everything
// is forgotten but the configuration that is needed now.
#ifndef LFM2RT_GRAMMAR_MATCHER_H
#define LFM2RT_GRAMMAR_MATCHER_H

#include "runtime/grammar/Image.h"
#include "runtime/grammar/Vocabulary.h"
#include "runtime/json/Arena.h"

namespace lfm2rt {
namespace grammar {

// Rules that may have called each other; what would nest deeper is not allowed.
constexpr uint32_t mostFrames = 4000;
// Items of a configuration; more are left out.
constexpr uint32_t mostItems = 2048;
// Items of a configuration of which what must follow is looked for.
constexpr uint32_t mostForcedItems = 64;
// Tokens of a mask that is kept as a list of them.
constexpr uint32_t mostListed = 256;
constexpr uint32_t leastCache = 1 << 17, usualCache = 2 << 20;

// Configurations by number.
enum : uint32_t {
  unknown = 0,
  dead = 1, // Nothing is allowed, and no end.
  full = 2, // There is no memory for what would follow.
};

struct Item {
  uint32_t state, frame; // 0: the rule is the whole text.
};

struct Frame {
  uint32_t state, parent; // Where to go on, and then.
  uint32_t depth;
  uint32_t sameBucket;
};

// Then follow [numClasses] what each byte leads to, and the items, rising.
struct Configuration {
  uint32_t hash, sameBucket;
  uint32_t numItems, flags;
  uint32_t mask;       // Where, in words; of the masks of `maskAge`.
  uint32_t maskListed; // So many ids; or isDense.
  uint32_t maskAge;
  uint32_t runKinds;  // Whole characters of these kinds lead to `runTarget`;
  uint32_t runTarget; // unknown: not looked at.
};

// Times that memory is cleared for one mask.
constexpr uint32_t mostForgotten = 8;

enum : uint32_t {
  mayEnd = 1,
  readsTokens = 2, // Edges for tokens.
  readsText = 4,   // Edges for bytes.
  isDense = ~0u,
};

class Matcher {
public:
  Matcher(const lfm2rt_grammar &grammar, const lfm2rt_vocabulary &vocabulary)
      : grammar(grammar), vocabulary(vocabulary), states(grammar.states()),
        edges(grammar.edges()) {}
  // Takes its memory; of an arena that is too small only needed() is of use.
  // `configuration` is where its owner is: that is never forgotten, but may get
  // another number.
  void make(Arena &arena, uint32_t cache, uint32_t *configuration);

  uint32_t start();
  // What a byte, or a token, makes of a configuration; never `full`. `age`
  // tells which other numbers are still good.
  uint32_t advance(uint32_t configuration, uint8_t byte);
  uint32_t accept(uint32_t configuration, uint32_t token);
  uint32_t age() const { return currentAge; }

  uint32_t flags(uint32_t configuration) const {
    return at(configuration).flags;
  }
  // The tokens that may follow where the owner is, of text and those that the
  // grammar names; until the next call of anything.
  const uint32_t *mask();
  // Whether a mask has left out tokens so far, for want of memory.
  bool leftOut() const { return leavesOut; }
  // The one byte that must follow, or -1.
  int onlyByte(uint32_t configuration) const;

private:
  struct Run {
    uint32_t kinds = 0;  // Any characters of these kinds,
    uint32_t length = 0; // so many of them, are allowed.
  };

  const lfm2rt_grammar &grammar;
  const lfm2rt_vocabulary &vocabulary;
  const State *states;
  const Edge *edges;

  uint64_t *pool; // Configurations; their number is where they start.
  uint32_t poolWords, poolUsed = 0;
  uint32_t *buckets, numBuckets;
  Frame *frames;
  uint32_t *frameBuckets, *moved, frameCapacity, numFrames = 0;
  uint32_t *masks, maskWords, masksUsed = 0, maskAge = 1;
  uint32_t currentAge = 1;
  Item *items; // Of the configuration that is being made.
  uint32_t numItems = 0;
  uint32_t *seen; // Of these, by a hash.
  uint32_t newFlags = 0;
  uint32_t *owner = nullptr; // The number of the configuration that it is at.
  bool isFull = false, leavesOut = false;
  uint32_t numForgotten = 0;
  uint32_t *bits;
  uint32_t numListed = 0;
  uint32_t listed[mostListed];
  uint32_t path[mostTokenBytes + 1];

  Configuration &at(uint32_t number) const {
    return *reinterpret_cast<Configuration *>(pool + number);
  }
  uint32_t *nextOf(Configuration &c) const {
    return reinterpret_cast<uint32_t *>(&c + 1);
  }
  Item *itemsOf(Configuration &c) const {
    return reinterpret_cast<Item *>(nextOf(c) + alignUp(grammar.numClasses, 2));
  }
  uint32_t bytesOf(uint32_t state) const {
    return states[state].bytes & ~isFinal;
  }
  uint32_t endOf(uint32_t state) const { return bytesOf(state + 1); }

  void clear();
  void forget(uint32_t &configuration);
  uint32_t frame(uint32_t state, uint32_t parent);
  void add(uint32_t state, uint32_t frame);
  void clearSeen();
  void close();
  uint32_t intern();
  uint32_t keep();
  uint32_t step(uint32_t configuration, uint8_t byte);
  uint32_t acceptText(uint32_t configuration, uint32_t token);
  uint32_t lookUp(uint32_t configuration, uint32_t byte) {
    uint32_t next = nextOf(at(configuration))[grammar.classOf[byte]];
    return next != unknown ? next : step(configuration, uint8_t(byte));
  }
  void findRun(uint32_t configuration);
  uint32_t wideTarget(uint32_t configuration);
  bool haveTarget(uint32_t configuration, uint32_t low, uint32_t high,
                  uint32_t rest, uint32_t &target);
  Run runOf(uint32_t configuration);
  void build();
  void allowTokens(uint32_t configuration);
  void allowList(uint32_t list, Run run);
  void allowId(uint32_t id) {
    bits[id / 32] |= 1u << id % 32;
    if (numListed < mostListed)
      listed[numListed++] = id;
    else
      numListed = isDense;
  }
  void allowAll(const uint32_t *mask);
};

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_MATCHER_H
