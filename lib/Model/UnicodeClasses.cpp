// General categories come from ICU. Ids must not depend on the machine that a
// model is compiled on, so the version is pinned: what is younger than Unicode
// 16.0 counts as unassigned, and what an ICU older than 76 does not know yet is
// added. A character once assigned keeps its class.

#include "lib/Model/UnicodeClasses.h"
#include "lfm2rt/tokenizer_format.h"

#include <cassert>
#include <map>
#include <unicode/uchar.h>

using namespace lfm2c;

static_assert(U_ICU_VERSION_MAJOR_NUM >= 72,
              "the characters of Unicode 15.0 come from ICU 72 or newer");

namespace {

struct Range {
  uint32_t first, last;
  uint8_t kind;
};

// Letters and numbers of Unicode 15.1 and 16.0.
constexpr uint8_t letter = LFM2_CLASS_LETTER, number = LFM2_CLASS_NUMBER;
constexpr Range youngerThanICU72[] = {
    {0x1c89, 0x1c8a, letter},   {0xa7cb, 0xa7cd, letter},
    {0xa7da, 0xa7dc, letter},   {0x105c0, 0x105f3, letter},
    {0x10d40, 0x10d49, number}, {0x10d4a, 0x10d65, letter},
    {0x10d6f, 0x10d85, letter}, {0x10ec2, 0x10ec4, letter},
    {0x11380, 0x11389, letter}, {0x1138b, 0x1138b, letter},
    {0x1138e, 0x1138e, letter}, {0x11390, 0x113b5, letter},
    {0x113b7, 0x113b7, letter}, {0x113d1, 0x113d1, letter},
    {0x113d3, 0x113d3, letter}, {0x116d0, 0x116e3, number},
    {0x11bc0, 0x11be0, letter}, {0x11bf0, 0x11bf9, number},
    {0x13460, 0x143fa, letter}, {0x16100, 0x1611d, letter},
    {0x16130, 0x16139, number}, {0x16d40, 0x16d6c, letter},
    {0x16d70, 0x16d79, number}, {0x18cff, 0x18cff, letter},
    {0x1ccf0, 0x1ccf9, number}, {0x1e5d0, 0x1e5ed, letter},
    {0x1e5f0, 0x1e5f0, letter}, {0x1e5f1, 0x1e5fa, number},
    {0x2ebf0, 0x2ee5d, letter},
};

} // namespace

uint8_t lfm2c::getUnicodeClass(uint32_t codePoint) {
  const UChar32 c = UChar32(codePoint);
  UVersionInfo age;
  u_charAge(c, age);
  if (age[0] == 0) {
    for (const Range &range : youngerThanICU72)
      if (codePoint >= range.first && codePoint <= range.last)
        return range.kind;
    return LFM2_CLASS_OTHER;
  }
  if (age[0] > 16)
    return LFM2_CLASS_OTHER;
  if (u_isUWhiteSpace(c))
    return LFM2_CLASS_SPACE;
  const uint32_t category = U_GET_GC_MASK(c);
  return category & U_GC_L_MASK   ? LFM2_CLASS_LETTER
         : category & U_GC_N_MASK ? LFM2_CLASS_NUMBER
                                  : LFM2_CLASS_OTHER;
}

UnicodeClassTables lfm2c::buildUnicodeClassTables() {
  UnicodeClassTables tables;
  std::map<std::vector<uint8_t>, uint8_t> known;
  for (uint32_t run = 0; run < 0x110000; run += 128) {
    std::vector<uint8_t> page(32);
    for (uint32_t i = 0; i < 128; ++i)
      page[i / 4] |= uint8_t(getUnicodeClass(run + i) << i % 4 * 2);
    const auto [it, isNew] = known.try_emplace(page, uint8_t(known.size()));
    if (isNew) {
      assert(known.size() <= 256 && "a page number is one byte");
      tables.pages.insert(tables.pages.end(), page.begin(), page.end());
    }
    tables.pageOfRun.push_back(it->second);
  }
  return tables;
}
