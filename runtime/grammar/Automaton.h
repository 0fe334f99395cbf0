// From rules as trees to an image: automata with edges that read nothing, and
// from them tables without.
#ifndef LFM2RT_GRAMMAR_AUTOMATON_H
#define LFM2RT_GRAMMAR_AUTOMATON_H

#include "runtime/grammar/Image.h"
#include "runtime/grammar/Links.h"

namespace lfm2rt {
namespace grammar {

// Why rules make no image.
enum class Flaw {
  None,
  Full,          // The arena is.
  TooLarge,      // More states than an image may have.
  LeftRecursion, // `rule` calls itself before it has read anything.
  Endless,       // Nothing is what `rule` stands for.
};

struct Outcome {
  Flaw flaw = Flaw::None;
  const Rule *rule = nullptr; // One with a name, where the flaw has one.
  lfm2rt_grammar *image = nullptr;
};

// The image's tables while they are made.
struct Tables {
  lfm2rt_grammar *image;
  uint32_t *starts;
  State *states; // [numStates + 1]
  Edge *edges;
  uint32_t numRules = 0, numStates = 0, numEdges = 0;

  uint32_t bytesOf(uint32_t state) const {
    return states[state].bytes & ~isFinal;
  }
  uint32_t end(uint32_t state) const { return bytesOf(state + 1); }
  bool final(uint32_t state) const { return states[state].bytes & isFinal; }
};

// Whether what rules stand for has an end and a start; removes what has no end.
Outcome check(Arena &arena, const Links &links, Tables &tables,
              bool allMustEnd);

// Makes an image of what `root` calls. It lies somewhere in the syntax's arena.
// Rules that are called have bodies. What can never be ended is left out; where
// that is all, the flaw is Endless; with `allMustEnd`, where it is all that a
// rule with a name stands for.
Outcome makeImage(Syntax &syntax, Rule *root, uint32_t vocabulary,
                  bool allMustEnd);

} // namespace grammar
} // namespace lfm2rt

#endif // LFM2RT_GRAMMAR_AUTOMATON_H
