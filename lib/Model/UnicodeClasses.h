// The classes of characters that the split of a text asks for.

#ifndef LFM2C_LIB_MODEL_UNICODECLASSES_H
#define LFM2C_LIB_MODEL_UNICODECLASSES_H

#include <cstdint>
#include <vector>

namespace lfm2c {

/// LFM2_CLASS_* of a code point by Unicode 16.0, the version of the regex
/// engine in the `tokenizers` package; the same whatever version the library
/// has that the compiler was built with.
uint8_t getUnicodeClass(uint32_t codePoint);

/// The classes of all code points in two levels, as the section keeps them: the
/// page of each run of 128, and the pages, each once, of 128 times two bits.
struct UnicodeClassTables {
  std::vector<uint8_t> pageOfRun;
  std::vector<uint8_t> pages;
};
UnicodeClassTables buildUnicodeClassTables();

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_UNICODECLASSES_H
