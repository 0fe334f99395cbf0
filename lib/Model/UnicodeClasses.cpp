// Properties come from ICU. Ids must not depend on the machine that a model is
// compiled on, so the version is pinned: of ICU's characters those of Unicode
// 15.0 count, those of 15.1 and 16.0 stand here, and what is younger is
// unassigned.

#include "lib/Model/UnicodeClasses.h"
#include "lfm2rt/tokenizer_format.h"

#include "llvm/ADT/SmallVector.h"

#include <map>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

using namespace lfm2c;

static_assert(U_ICU_VERSION_MAJOR_NUM >= 72,
              "the characters of Unicode 15.0 come from ICU 72 or newer");

namespace {

struct YoungRange {
  uint32_t first, last;
  uint32_t category; // A mask of one bit.
  const char *script;
};

constexpr uint32_t Lu = U_GC_LU_MASK, Ll = U_GC_LL_MASK, Lm = U_GC_LM_MASK,
                   Lo = U_GC_LO_MASK, Mn = U_GC_MN_MASK, Mc = U_GC_MC_MASK,
                   Nd = U_GC_ND_MASK, Pd = U_GC_PD_MASK, Po = U_GC_PO_MASK,
                   Sm = U_GC_SM_MASK, So = U_GC_SO_MASK;

// Unicode 15.1 and 16.0; the first line is a change of an older character.
constexpr YoungRange young[] = {
    {0x1171e, 0x1171e, Mc, "Ahom"},
    {0x897, 0x897, Mn, "Arabic"},
    {0x1b4e, 0x1b4f, Po, "Balinese"},
    {0x1b7f, 0x1b7f, Po, "Balinese"},
    {0x1c89, 0x1c89, Lu, "Cyrillic"},
    {0x1c8a, 0x1c8a, Ll, "Cyrillic"},
    {0x2427, 0x2429, So, "Common"},
    {0x2ffc, 0x2fff, So, "Common"},
    {0x31e4, 0x31e5, So, "Common"},
    {0x31ef, 0x31ef, So, "Common"},
    {0xa7cb, 0xa7cc, Lu, "Latin"},
    {0xa7cd, 0xa7cd, Ll, "Latin"},
    {0xa7da, 0xa7da, Lu, "Latin"},
    {0xa7db, 0xa7db, Ll, "Latin"},
    {0xa7dc, 0xa7dc, Lu, "Latin"},
    {0x105c0, 0x105f3, Lo, "Todhri"},
    {0x10d40, 0x10d49, Nd, "Garay"},
    {0x10d4a, 0x10d4d, Lo, "Garay"},
    {0x10d4e, 0x10d4e, Lm, "Garay"},
    {0x10d4f, 0x10d4f, Lo, "Garay"},
    {0x10d50, 0x10d65, Lu, "Garay"},
    {0x10d69, 0x10d6d, Mn, "Garay"},
    {0x10d6e, 0x10d6e, Pd, "Garay"},
    {0x10d6f, 0x10d6f, Lm, "Garay"},
    {0x10d70, 0x10d85, Ll, "Garay"},
    {0x10d8e, 0x10d8f, Sm, "Garay"},
    {0x10ec2, 0x10ec4, Lo, "Arabic"},
    {0x10efc, 0x10efc, Mn, "Arabic"},
    {0x11380, 0x11389, Lo, "Tulu_Tigalari"},
    {0x1138b, 0x1138b, Lo, "Tulu_Tigalari"},
    {0x1138e, 0x1138e, Lo, "Tulu_Tigalari"},
    {0x11390, 0x113b5, Lo, "Tulu_Tigalari"},
    {0x113b7, 0x113b7, Lo, "Tulu_Tigalari"},
    {0x113b8, 0x113ba, Mc, "Tulu_Tigalari"},
    {0x113bb, 0x113c0, Mn, "Tulu_Tigalari"},
    {0x113c2, 0x113c2, Mc, "Tulu_Tigalari"},
    {0x113c5, 0x113c5, Mc, "Tulu_Tigalari"},
    {0x113c7, 0x113ca, Mc, "Tulu_Tigalari"},
    {0x113cc, 0x113cd, Mc, "Tulu_Tigalari"},
    {0x113ce, 0x113ce, Mn, "Tulu_Tigalari"},
    {0x113cf, 0x113cf, Mc, "Tulu_Tigalari"},
    {0x113d0, 0x113d0, Mn, "Tulu_Tigalari"},
    {0x113d1, 0x113d1, Lo, "Tulu_Tigalari"},
    {0x113d2, 0x113d2, Mn, "Tulu_Tigalari"},
    {0x113d3, 0x113d3, Lo, "Tulu_Tigalari"},
    {0x113d4, 0x113d5, Po, "Tulu_Tigalari"},
    {0x113d7, 0x113d8, Po, "Tulu_Tigalari"},
    {0x113e1, 0x113e2, Mn, "Tulu_Tigalari"},
    {0x116d0, 0x116e3, Nd, "Myanmar"},
    {0x11bc0, 0x11be0, Lo, "Sunuwar"},
    {0x11be1, 0x11be1, Po, "Sunuwar"},
    {0x11bf0, 0x11bf9, Nd, "Sunuwar"},
    {0x11f5a, 0x11f5a, Mn, "Kawi"},
    {0x13460, 0x143fa, Lo, "Egyptian_Hieroglyphs"},
    {0x16100, 0x1611d, Lo, "Gurung_Khema"},
    {0x1611e, 0x16129, Mn, "Gurung_Khema"},
    {0x1612a, 0x1612c, Mc, "Gurung_Khema"},
    {0x1612d, 0x1612f, Mn, "Gurung_Khema"},
    {0x16130, 0x16139, Nd, "Gurung_Khema"},
    {0x16d40, 0x16d42, Lm, "Kirat_Rai"},
    {0x16d43, 0x16d6a, Lo, "Kirat_Rai"},
    {0x16d6b, 0x16d6c, Lm, "Kirat_Rai"},
    {0x16d6d, 0x16d6f, Po, "Kirat_Rai"},
    {0x16d70, 0x16d79, Nd, "Kirat_Rai"},
    {0x18cff, 0x18cff, Lo, "Khitan_Small_Script"},
    {0x1cc00, 0x1ccef, So, "Common"},
    {0x1ccf0, 0x1ccf9, Nd, "Common"},
    {0x1cd00, 0x1ceb3, So, "Common"},
    {0x1e5d0, 0x1e5ed, Lo, "Ol_Onal"},
    {0x1e5ee, 0x1e5ef, Mn, "Ol_Onal"},
    {0x1e5f0, 0x1e5f0, Lo, "Ol_Onal"},
    {0x1e5f1, 0x1e5fa, Nd, "Ol_Onal"},
    {0x1e5ff, 0x1e5ff, Po, "Ol_Onal"},
    {0x1f8b2, 0x1f8bb, So, "Common"},
    {0x1f8c0, 0x1f8c1, So, "Common"},
    {0x1fa89, 0x1fa89, So, "Common"},
    {0x1fa8f, 0x1fa8f, So, "Common"},
    {0x1fabe, 0x1fabe, So, "Common"},
    {0x1fac6, 0x1fac6, So, "Common"},
    {0x1fadc, 0x1fadc, So, "Common"},
    {0x1fadf, 0x1fadf, So, "Common"},
    {0x1fae9, 0x1fae9, So, "Common"},
    {0x1fbcb, 0x1fbef, So, "Common"},
    {0x2ebf0, 0x2ee5d, Lo, "Han"},
};

const CodePointSet &getYoung() {
  static const CodePointSet set = [] {
    CodePointSet all;
    for (const YoungRange &range : young)
      all.add(range.first, range.last);
    return all;
  }();
  return set;
}

// What ICU says of characters of Unicode 15.0.
const CodePointSet &getOld() {
  static const CodePointSet set = [] {
    CodePointSet all;
    for (uint32_t c = 0; c < 0x110000; ++c) {
      UVersionInfo age;
      u_charAge(UChar32(c), age);
      if (age[0] != 0 && (age[0] < 15 || (age[0] == 15 && age[1] == 0)))
        all.add(c, c);
    }
    all &= ~getYoung();
    return all;
  }();
  return set;
}

CodePointSet fromICU(UProperty property, int32_t value) {
  CodePointSet set;
  UErrorCode error = U_ZERO_ERROR;
  uset_applyIntPropertyValue(set.get(), property, value, &error);
  set &= getOld();
  return set;
}

void addYoung(CodePointSet &set,
              llvm::function_ref<bool(const YoungRange &)> wanted) {
  for (const YoungRange &range : young)
    if (wanted(range))
      set.add(range.first, range.last);
}

CodePointSet getScript(int32_t script) {
  CodePointSet set = fromICU(UCHAR_SCRIPT, script);
  addYoung(set, [&](const YoungRange &range) {
    return u_getPropertyValueEnum(UCHAR_SCRIPT, range.script) == script;
  });
  return set;
}

// Marks that are alphabetic since Unicode 15.1 or 16.0.
constexpr std::pair<uint32_t, uint32_t> alphabeticMarks[] = {
    {0x363, 0x36f},     {0x897, 0x897},     {0x1dd3, 0x1de6},
    {0x10d69, 0x10d69}, {0x10efc, 0x10efc}, {0x113b8, 0x113c0},
    {0x113c2, 0x113c2}, {0x113c5, 0x113c5}, {0x113c7, 0x113ca},
    {0x113cc, 0x113cd}, {0x1171e, 0x1171e}, {0x1611e, 0x1612e}};

// Binary properties, each with the categories in which the young characters
// have it too.
struct BinaryProperty {
  UProperty property;
  uint32_t young;
};
constexpr BinaryProperty binaryProperties[] = {
    {UCHAR_ALPHABETIC, U_GC_L_MASK},
    {UCHAR_UPPERCASE, Lu},
    {UCHAR_LOWERCASE, Ll},
    {UCHAR_WHITE_SPACE, 0},
    {UCHAR_HEX_DIGIT, 0},
    {UCHAR_ASCII_HEX_DIGIT, 0},
};

CodePointSet getBinary(const BinaryProperty &binary) {
  CodePointSet set = fromICU(binary.property, 1);
  addYoung(set, [&](const YoungRange &range) {
    return (range.category & binary.young) != 0;
  });
  if (binary.property == UCHAR_ALPHABETIC)
    for (const auto &[first, last] : alphabeticMarks)
      set.add(first, last);
  return set;
}

} // namespace

CodePointSet lfm2c::getCategories(uint32_t mask) {
  CodePointSet set = fromICU(UCHAR_GENERAL_CATEGORY_MASK, int32_t(mask));
  addYoung(set, [&](const YoungRange &range) {
    return (range.category & mask) != 0;
  });
  if (mask & U_GC_CN_MASK) {
    CodePointSet assigned = getOld();
    assigned |= getYoung();
    set |= ~assigned;
  }
  set &= ~CodePointSet(0xd800, 0xdfff);
  return set;
}

CodePointSet lfm2c::getWhiteSpace() { return fromICU(UCHAR_WHITE_SPACE, 1); }

CodePointSet lfm2c::getWordCharacters() {
  CodePointSet set = getBinary(binaryProperties[0]);
  set |= getCategories(U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK);
  return set;
}

std::optional<CodePointSet> lfm2c::findProperty(llvm::StringRef name) {
  // ICU ignores case, '_', '-' and spaces, as the names' own rules want it.
  const std::string text = name.str();
  const int32_t mask =
      u_getPropertyValueEnum(UCHAR_GENERAL_CATEGORY_MASK, text.c_str());
  if (mask != UCHAR_INVALID_CODE)
    return getCategories(uint32_t(mask));
  const int32_t script = u_getPropertyValueEnum(UCHAR_SCRIPT, text.c_str());
  if (script != UCHAR_INVALID_CODE)
    return getScript(script);
  const UProperty property = u_getPropertyEnum(text.c_str());
  for (const BinaryProperty &binary : binaryProperties)
    if (binary.property == property)
      return getBinary(binary);
  const std::string lower = name.lower();
  if (lower == "any")
    return getCategories(~0u);
  if (lower == "assigned")
    return getCategories(~uint32_t(U_GC_CN_MASK));
  // As a property it counts some more characters outside of brackets.
  if (lower == "word")
    return std::nullopt;
  return findPosixClass(lower);
}

std::optional<CodePointSet> lfm2c::findPosixClass(llvm::StringRef name) {
  constexpr uint32_t none =
      U_GC_CC_MASK | U_GC_CN_MASK | U_GC_CS_MASK | U_GC_Z_MASK;
  CodePointSet set;
  if (name == "alnum")
    set = getCategories(U_GC_ND_MASK);
  if (name == "alnum" || name == "alpha")
    return set |= *findProperty("Alphabetic");
  if (name == "ascii")
    return CodePointSet(0, 127);
  if (name == "blank")
    return (set = getCategories(U_GC_ZS_MASK)) |= CodePointSet('\t', '\t');
  if (name == "cntrl")
    return getCategories(U_GC_CC_MASK);
  if (name == "digit")
    return getCategories(U_GC_ND_MASK);
  if (name == "graph")
    return getCategories(~none);
  if (name == "lower")
    return findProperty("Lowercase");
  if (name == "print")
    return getCategories(~none | U_GC_ZS_MASK);
  if (name == "punct")
    return getCategories(U_GC_P_MASK | U_GC_S_MASK);
  if (name == "space")
    return getWhiteSpace();
  if (name == "upper")
    return findProperty("Uppercase");
  if (name == "word")
    return getWordCharacters();
  if (name == "xdigit")
    return findProperty("ASCII_Hex_Digit");
  return std::nullopt;
}

void lfm2c::closeOverCase(CodePointSet &set) {
  // The cases of the young letters: U+A7CB and U+A7DC go with older ones.
  std::vector<std::pair<uint32_t, uint32_t>> pairs = {{0x1c89, 0x1c8a},
                                                      {0x264, 0xa7cb},
                                                      {0xa7cc, 0xa7cd},
                                                      {0xa7da, 0xa7db},
                                                      {0x19b, 0xa7dc}};
  for (uint32_t i = 0; i < 22; ++i)
    pairs.push_back({0x10d50 + i, 0x10d70 + i});
  CodePointSet closed = set;
  uset_closeOver(closed.get(), USET_CASE_INSENSITIVE);
  uset_removeAllStrings(closed.get());
  closed &= getOld(); // What a younger ICU says is left out.
  for (const auto &[a, b] : pairs)
    if (set.contains(a) || set.contains(b) || closed.contains(a)) {
      closed.add(a, a);
      closed.add(b, b);
    }
  set |= closed;
}

bool lfm2c::hasLongCase(const CodePointSet &set) {
  CodePointSet closed = set;
  uset_closeOver(closed.get(), USET_CASE_INSENSITIVE);
  return uset_hasStrings(closed.get());
}

bool lfm2c::foldsToOneCharacter(llvm::ArrayRef<uint32_t> word) {
  // Closing over all characters lists the strings that they fold to.
  static const CodePointSet all = [] {
    CodePointSet set(0, 0x10ffff);
    uset_closeOver(set.get(), USET_CASE_INSENSITIVE);
    return set;
  }();
  std::u16string text;
  for (uint32_t c : word) {
    const UChar32 folded = u_foldCase(UChar32(c), U_FOLD_CASE_DEFAULT);
    if (folded > 0xffff)
      return false;
    text += char16_t(folded);
  }
  return uset_containsString(all.get(), text.data(), int32_t(text.size()));
}

std::optional<ClassTables>
lfm2c::buildClassTables(llvm::ArrayRef<CodePointSet> sets,
                        unsigned maxClasses) {
  // What Rust's regular expressions call \w, by which `tokenizers` looks for
  // the neighbours of added tokens, has the joiners, too.
  CodePointSet word = getWordCharacters();
  word.add(0x200c, 0x200d);
  llvm::SmallVector<const CodePointSet *> all;
  for (const CodePointSet &set : sets)
    all.push_back(&set);
  const CodePointSet space = getWhiteSpace();
  all.append({&space, &word});

  // Where membership in any set changes.
  std::map<uint32_t, std::vector<bool>> changes = {{0, {}}};
  for (const CodePointSet *set : all)
    set->forEachRange([&](uint32_t first, uint32_t last) {
      changes[first];
      changes[last + 1];
    });
  changes.erase(0x110000);

  ClassTables tables;
  tables.flags.assign(256, 0);
  tables.members.assign(sets.size(), false);
  std::map<std::vector<bool>, uint8_t> known;
  std::vector<uint8_t> classes(0x110000);
  for (auto it = changes.begin(); it != changes.end(); ++it) {
    std::vector<bool> key;
    for (const CodePointSet *set : all)
      key.push_back(set->contains(it->first));
    const auto [found, isNew] =
        known.try_emplace(key, uint8_t(known.size() + 1));
    if (isNew) {
      if (known.size() > maxClasses)
        return std::nullopt;
      tables.flags[found->second] =
          uint8_t((key[sets.size()] ? LFM2_CLASS_SPACE : 0) |
                  (key[sets.size() + 1] ? LFM2_CLASS_WORD : 0));
      tables.members.insert(tables.members.end(), key.begin(),
                            key.begin() + ptrdiff_t(sets.size()));
    }
    const auto next = std::next(it);
    const uint32_t end = next == changes.end() ? 0x110000 : next->first;
    std::fill(classes.begin() + it->first, classes.begin() + end,
              found->second);
  }
  tables.numClasses = unsigned(known.size());

  std::map<std::vector<uint8_t>, uint16_t> pages;
  for (auto run = classes.begin(); run != classes.end(); run += 128) {
    const std::vector<uint8_t> page(run, run + 128);
    const auto [it, isNew] = pages.try_emplace(page, uint16_t(pages.size()));
    if (isNew)
      tables.pages.insert(tables.pages.end(), page.begin(), page.end());
    tables.pageOfRun.push_back(it->second);
  }
  return tables;
}
