// Properties come from ICU. The `tokenizers` package, which models were trained
// with, normalises by Unicode 9.0: younger characters neither change, nor move,
// nor compose. What a character of that age does is the same in every later
// version, so any ICU gives the same tables.

#include "lib/Model/NormalizationTables.h"
#include "lfm2rt/tokenizer_format.h"
#include "lib/Model/CodePointSet.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/ConvertUTF.h"

#include <cassert>
#include <map>
#include <set>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>

using namespace lfm2c;

namespace {

constexpr uint32_t numCodePoints = 0x110000;

const UNormalizer2 *getFormC() {
  UErrorCode error = U_ZERO_ERROR;
  const UNormalizer2 *normalizer = unorm2_getNFCInstance(&error);
  assert(U_SUCCESS(error) && "ICU has its own data");
  return normalizer;
}

bool isKnown(UChar32 c) {
  UVersionInfo age;
  u_charAge(c, age);
  return age[0] > 0 && age[0] <= 9;
}

// Form C of the known characters alone.
const UNormalizer2 *getPinnedFormC() {
  static const UNormalizer2 *normalizer = [] {
    static CodePointSet known;
    for (uint32_t c = 0; c < numCodePoints; ++c)
      if (isKnown(UChar32(c)))
        known.add(c, c);
    uset_freeze(known.get());
    UErrorCode error = U_ZERO_ERROR;
    UNormalizer2 *filtered =
        unorm2_openFiltered(getFormC(), known.get(), &error);
    assert(U_SUCCESS(error) && "ICU has its own data");
    return filtered;
  }();
  return normalizer;
}

bool isHangulSyllable(uint32_t c) { return c >= 0xac00 && c <= 0xd7a3; }

// What `c` is made of, in one step; empty if it is made of nothing else.
std::vector<uint32_t> getParts(UChar32 c) {
  UChar text[8];
  UErrorCode error = U_ZERO_ERROR;
  const int32_t length =
      unorm2_getRawDecomposition(getFormC(), c, text, 8, &error);
  std::vector<uint32_t> parts;
  for (int32_t i = 0; i < length;) {
    UChar32 part;
    U16_NEXT(text, i, length, part);
    parts.push_back(uint32_t(part));
  }
  assert(parts.size() <= 2 && "one step gives two characters at most");
  return parts;
}

bool composesBackwards(UChar32 c) {
  for (std::vector<uint32_t> parts; !(parts = getParts(c)).empty();)
    c = UChar32(parts[0]);
  return u_getIntPropertyValue(c, UCHAR_NFC_QUICK_CHECK) == UNORM_MAYBE;
}

int32_t leadClass(UChar32 c) {
  return u_getIntPropertyValue(c, UCHAR_LEAD_CANONICAL_COMBINING_CLASS);
}

std::vector<uint8_t> getForms() {
  std::set<int32_t> classes;
  for (uint32_t c = 0; c < numCodePoints; ++c)
    if (isKnown(UChar32(c)))
      classes.insert(leadClass(UChar32(c)));
  assert(classes.size() <= LFM2_FORM_CLASS + 1 && *classes.begin() == 0);
  std::vector<uint8_t> forms(numCodePoints);
  for (uint32_t c = 0; c < numCodePoints; ++c) {
    const auto character = UChar32(c);
    if (!isKnown(character) || isHangulSyllable(c))
      continue;
    const auto place =
        std::distance(classes.begin(), classes.find(leadClass(character)));
    const bool changes =
        u_getIntPropertyValue(character, UCHAR_NFC_QUICK_CHECK) == UNORM_NO;
    forms[c] = uint8_t(place |
                       (composesBackwards(character) ? LFM2_FORM_COMPOSES : 0) |
                       (changes ? LFM2_FORM_CHANGES : 0));
  }
  return forms;
}

NormalizationTables buildTables() {
  NormalizationTables tables;
  const std::vector<uint8_t> forms = getForms();
  std::map<std::vector<uint8_t>, uint8_t> pages;
  for (auto run = forms.begin(); run != forms.end(); run += 128) {
    const std::vector<uint8_t> page(run, run + 128);
    const auto [it, isNew] = pages.try_emplace(page, uint8_t(pages.size()));
    if (isNew) {
      assert(pages.size() <= 256 && "a page number is one byte");
      tables.pages.insert(tables.pages.end(), page.begin(), page.end());
    }
    tables.pageOfRun.push_back(it->second);
  }

  for (uint32_t c = 0; c < numCodePoints; ++c) {
    if (!isKnown(UChar32(c)) || isHangulSyllable(c))
      continue;
    const std::vector<uint32_t> parts = getParts(UChar32(c));
    if (parts.empty())
      continue;
    const uint64_t first = parts[0], second = parts.size() > 1 ? parts[1] : 0;
    assert((second == 0 || getParts(UChar32(second)).empty()) &&
           "only the first part has parts");
    tables.decompositions.push_back(uint64_t(c) << 42 | first << 21 | second);
    if (second != 0 && unorm2_composePair(getFormC(), UChar32(first),
                                          UChar32(second)) == UChar32(c))
      tables.compositions.push_back(first << 42 | second << 21 | c);
  }
  llvm::sort(tables.compositions);
  tables.decompositions.push_back(~uint64_t(0));
  tables.compositions.push_back(~uint64_t(0));
  return tables;
}

} // namespace

const NormalizationTables &lfm2c::getNormalizationTables() {
  static const NormalizationTables tables = buildTables();
  return tables;
}

std::string lfm2c::normalizeText(const std::string &text) {
  llvm::SmallVector<llvm::UTF16, 0> units;
  if (!llvm::convertUTF8ToUTF16String(text, units))
    return text;
  UErrorCode error = U_ZERO_ERROR;
  std::vector<UChar> normal(units.size() * LFM2_NORMALIZED_GROWTH + 1);
  const int32_t length = unorm2_normalize(
      getPinnedFormC(), reinterpret_cast<const UChar *>(units.data()),
      int32_t(units.size()), normal.data(), int32_t(normal.size()), &error);
  assert(U_SUCCESS(error) && "there is room");
  std::string result;
  llvm::convertUTF16ToUTF8String(
      llvm::ArrayRef(reinterpret_cast<const llvm::UTF16 *>(normal.data()),
                     size_t(length)),
      result);
  return result;
}
