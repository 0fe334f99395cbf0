// Regular expressions as tokenizers spell them, read into a tree.
//
// The spelling is Oniguruma's, which the `tokenizers` package uses. What needs
// no memory of the text before is supported: alternatives, groups, sets,
// quantifiers of every kind, look-ahead. Possessive quantifiers and atomic
// groups are supported where a look-ahead says the same: of sequences of sets.

#ifndef LFM2C_LIB_MODEL_PATTERN_H
#define LFM2C_LIB_MODEL_PATTERN_H

#include "lib/Model/CodePointSet.h"

#include "llvm/Support/Error.h"

#include <vector>

namespace lfm2c {

struct PatternNode {
  enum Kind {
    Set,        // One character of `set`.
    Sequence,   // Children one after the other; none: nothing.
    Alternates, // One of the children, the first that leads to a match.
    Repeat,     // The child `min` to `max` times.
    Look,       // The child matches here, or not; takes nothing.
  };

  Kind kind = Sequence;
  CodePointSet set;
  unsigned setIndex = 0; // Among the sets of all patterns; for who gives it.
  std::vector<PatternNode> children;
  unsigned min = 0, max = 0; // Repeat; `max` may be unlimited.
  bool greedy = true;        // Repeat: many before few.
  bool negative = false;     // Look.

  static constexpr unsigned unlimited = ~0u;
};

/// Reads a pattern. The error names the pattern, what in it is wrong or not
/// supported, and the place, counted in characters from 1.
llvm::Expected<PatternNode> parsePattern(llvm::StringRef pattern);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_PATTERN_H
