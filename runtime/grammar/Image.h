// A grammar as it is used: tables without pointers, so that they are used where
// they lie, in the caller's memory or in an archive. The header is followed,
// without gaps, by
//
//   uint32_t starts[numRules]       the state in which each rule starts; rule 0
//   is
//                                   what the whole text must be
//   State states[numStates + 1]     the last one only ends the edges of the one
//   before Edge edges[numEdges]
//
// A rule is an automaton: from each state edges that read a byte, that call
// another rule and go on behind it, or that read a token as a whole. Several
// edges may read the same byte. There are none that read nothing, and no rule
// calls itself before it has read something.
#ifndef LFM2RT_GRAMMAR_IMAGE_H
#define LFM2RT_GRAMMAR_IMAGE_H

#include "runtime/include/lfm2rt/constraint.h"
#include "runtime/src/Support.h"

namespace lfm2rt {
namespace grammar {

constexpr char imageMagic[8] = {'L', 'F', 'M', '2', 'G', 'R', 'M', '1'};
constexpr uint32_t imageVersion = 1;

// The numbers of its first edge of each kind; they lie in this order, and end
// where those of the next state start.
struct State {
  uint32_t bytes;  // And isFinal.
  uint32_t calls;  // `what` is a rule.
  uint32_t tokens; // `what` is an id, and anyOther.
};
constexpr uint32_t isFinal = 1u << 31; // The rule may end here.

struct Edge {
  uint32_t what; // Of bytes, the first | the last << 8.
  uint32_t target;
};
constexpr uint32_t anyOther = 1u << 31; // Any token of text but this one.

} // namespace grammar
} // namespace lfm2rt

struct lfm2rt_grammar {
  char magic[8];
  uint32_t version;
  uint32_t bytes; // Of the image, this header included.
  uint32_t numRules, numStates, numEdges;
  uint32_t numClasses;  // Of bytes that no edge tells apart.
  uint32_t vocabulary;  // The ids of tokens are below; 0: it names none.
  uint32_t reserved;    // 0
  uint8_t classOf[256]; // Of each byte, from 0.

  const uint32_t *starts() const {
    return reinterpret_cast<const uint32_t *>(this + 1);
  }
  const lfm2rt::grammar::State *states() const {
    return reinterpret_cast<const lfm2rt::grammar::State *>(starts() +
                                                            numRules);
  }
  const lfm2rt::grammar::Edge *edges() const {
    return reinterpret_cast<const lfm2rt::grammar::Edge *>(states() +
                                                           numStates + 1);
  }
};

#endif // LFM2RT_GRAMMAR_IMAGE_H
