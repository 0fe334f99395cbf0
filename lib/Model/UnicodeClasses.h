// Properties of characters, by Unicode 16.0: the version of the regex engine in
// the `tokenizers` package. They are the same whatever version the library has
// that the compiler was built with.

#ifndef LFM2C_LIB_MODEL_UNICODECLASSES_H
#define LFM2C_LIB_MODEL_UNICODECLASSES_H

#include "lib/Model/CodePointSet.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <vector>

namespace lfm2c {

/// The characters of the general categories in `mask`, bits as U_GC_L_MASK.
/// Surrogates are in none: one of them stands for broken text.
CodePointSet getCategories(uint32_t mask);

/// The characters of a general category, a script or a binary property by its
/// short or long name, in any case, '_', '-' and spaces ignored: "Lu",
/// "uppercase letter", "Han", "White_Space". None for an unknown name.
std::optional<CodePointSet> findProperty(llvm::StringRef name);

/// Property White_Space.
CodePointSet getWhiteSpace();

/// Alphabetic, M, Nd or Pc: \w of the `tokenizers` package's patterns.
CodePointSet getWordCharacters();

/// A POSIX class as patterns name it, "alpha" or "punct".
std::optional<CodePointSet> findPosixClass(llvm::StringRef name);

/// Adds what differs from a member in case alone, one character for one.
void closeOverCase(CodePointSet &set);

/// Whether a member is several characters in another case, as U+00DF is.
bool hasLongCase(const CodePointSet &set);

/// Whether some character is all of these, in order, in another case.
bool foldsToOneCharacter(llvm::ArrayRef<uint32_t> word);

/// A class for each code point, in two levels as the section keeps them: the
/// page of each run of 128, and the pages, each once, of 128 classes.
struct ClassTables {
  std::vector<uint16_t> pageOfRun;
  std::vector<uint8_t> pages;
  std::vector<uint8_t> flags; // LFM2_CLASS_* by class; 256.
  // By class and set, class * sets + set: whether the set has the class.
  std::vector<bool> members;
  unsigned numClasses = 0; // Numbers are from 1.
};

/// The coarsest classes such that each set has all of a class or nothing. None
/// if that takes more than `maxClasses`, at most 255.
std::optional<ClassTables> buildClassTables(llvm::ArrayRef<CodePointSet> sets,
                                            unsigned maxClasses);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_UNICODECLASSES_H
