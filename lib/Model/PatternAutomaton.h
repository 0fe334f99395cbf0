// A pattern as two tables that find its matches in linear time, the first
// alternative first, as a backtracking engine does.
//
// The first table reads the text backwards. Its state in front of a character
// says which places of the pattern can take that character and still come to a
// match, given all of the text behind; look-ahead is answered by the same
// state. The second table then reads forwards: from each place of the pattern
// it goes to the first place, by the pattern's order, that the state allows.
// So it never turns back, whatever the pattern.

#ifndef LFM2C_LIB_MODEL_PATTERNAUTOMATON_H
#define LFM2C_LIB_MODEL_PATTERNAUTOMATON_H

#include "lib/Model/Pattern.h"

namespace lfm2c {

/// The tables of one step, numbers as lfm2rt/tokenizer_format.h has them.
struct PatternTables {
  unsigned states = 0, rows = 0;
  std::vector<uint8_t> reverse; // [states][classes]
  std::vector<uint8_t> next;    // [rows][states]
};

/// Compiles the pattern. `members[set][class]` says whether a set, by its
/// number in the tree, has a class; class 0 is none. Fails, with a clause that
/// follows the pattern's name, where the tables would be too large.
llvm::Expected<PatternTables>
compilePattern(const PatternNode &pattern,
               llvm::ArrayRef<std::vector<bool>> members, unsigned classes);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_PATTERNAUTOMATON_H
