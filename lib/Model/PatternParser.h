// The parser of patterns, for its two files: PatternTree.cpp makes the tree,
// PatternSets.cpp what one character of it may be.

#ifndef LFM2C_LIB_MODEL_PATTERNPARSER_H
#define LFM2C_LIB_MODEL_PATTERNPARSER_H

#include "lib/Model/Pattern.h"
#include "lib/Support/Error.h"

#include <optional>

namespace lfm2c {

// Errors name the place in the pattern. By recursive descent; what Oniguruma
// does where its manual is silent was found by trying the `tokenizers` package.
class PatternParser {
public:
  explicit PatternParser(llvm::StringRef pattern) : pattern(pattern) {}

  llvm::Expected<PatternNode> run();

private:
  llvm::Error fail(const llvm::Twine &what, size_t where) const {
    return makeError("the split pattern {0}: {1} at character {2}",
                     quoted(pattern), what.str(), where + 1);
  }
  llvm::Error refuse(const llvm::Twine &what, size_t where) const {
    return fail(what + " not supported", where);
  }

  static constexpr unsigned maxDepth = 100; // Of groups and sets in each other.

  bool atEnd() const { return at == text.size(); }
  // A character, or 0 behind the end.
  uint32_t peek(size_t ahead = 0) const {
    return at + ahead < text.size() ? text[at + ahead] : 0;
  }
  bool take(llvm::StringRef wanted) {
    for (size_t i = 0; i < wanted.size(); ++i)
      if (peek(i) != uint8_t(wanted[i]))
        return false;
    at += wanted.size();
    return true;
  }

  llvm::Expected<PatternNode> parseAlternates();
  llvm::Expected<PatternNode> parseSequence();
  llvm::Expected<PatternNode> parseQuantified();
  llvm::Expected<PatternNode> parseAtom();
  llvm::Expected<PatternNode> parseGroup();
  llvm::Expected<PatternNode> closeGroup(size_t start);
  llvm::Expected<PatternNode> parseOptions(size_t start);
  llvm::Expected<PatternNode> makeAtomic(PatternNode node, size_t start);
  llvm::Expected<PatternNode> parseEscape();
  bool parseInterval(unsigned &min, unsigned &max, size_t &end) const;
  llvm::Expected<PatternNode> literal(uint32_t c, size_t start);

  llvm::Expected<CodePointSet> parseBracket();
  llvm::Expected<CodePointSet>
  parseBracketItem(std::optional<uint32_t> &single);
  llvm::Expected<CodePointSet> parsePosix();
  llvm::Expected<CodePointSet> parseProperty();
  std::optional<CodePointSet> parseClassEscape();
  llvm::Expected<uint32_t> parseCharacterEscape();
  llvm::Expected<uint32_t> parseHex(size_t start, unsigned least,
                                    unsigned most);
  llvm::Error checkCase(const CodePointSet &set, size_t start) const;

  llvm::StringRef pattern;
  std::vector<uint32_t> text;
  size_t at = 0;
  unsigned depth = 0;
  bool ignoreCase = false, dotTakesBreaks = false, inBracket = false;
  std::vector<uint32_t> word; // Literals in a row, where case is ignored.
};

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_PATTERNPARSER_H
