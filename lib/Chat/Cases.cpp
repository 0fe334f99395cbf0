#include "lib/Chat/Cases.h"

#include <unicode/locid.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

using namespace lfm2c;

// What `code` becomes: a character, or LFM2_CASE_TEXTS and a constant.
static int32_t mapped(TemplateProgram &program, int32_t code, int which) {
  icu::UnicodeString text(static_cast<UChar32>(code));
  if (which == LFM2_CASE_UPPER)
    text.toUpper(icu::Locale::getRoot());
  else if (which == LFM2_CASE_LOWER)
    text.toLower(icu::Locale::getRoot());
  else
    text.toTitle(nullptr, icu::Locale::getRoot());
  // Words begin behind marks, so that ICU leaves these alone.
  if (which == LFM2_CASE_TITLE && text.char32At(0) == code)
    return u_totitle(code);
  if (text.countChar32() == 1)
    return text.char32At(0);
  std::string bytes;
  text.toUTF8String(bytes);
  return LFM2_CASE_TEXTS + int32_t(program.addString(bytes));
}

std::vector<lfm2_template_case> lfm2c::makeCases(TemplateProgram &program) {
  std::vector<lfm2_template_case> cases;
  for (int32_t c = 0x80; c <= 0x1ffff; ++c) {
    if (!u_hasBinaryProperty(c, UCHAR_CHANGES_WHEN_CASEMAPPED))
      continue;
    int32_t by[3];
    for (int which = 0; which < 3; ++which)
      by[which] = mapped(program, c, which) - c;
    const auto code = uint32_t(c);
    lfm2_template_case *last = cases.empty() ? nullptr : &cases.back();
    // Neighbours that change alike, or every second one, are one entry.
    if (last && std::equal(by, by + 3, last->by)) {
      const uint32_t step = code - last->last;
      const bool isAlone = last->first == last->last;
      if (step == last->stride || (isAlone && step == 2)) {
        last->stride = step;
        last->last = code;
        continue;
      }
    }
    // Of letters whose cases alternate every second belongs to the entry
    // before.
    if (cases.size() > 1) {
      lfm2_template_case &before = cases[cases.size() - 2];
      const uint32_t step = code - before.last;
      if (step == 2 && std::equal(by, by + 3, before.by) &&
          (before.stride == 2 || before.first == before.last)) {
        before.stride = 2;
        before.last = code;
        continue;
      }
    }
    cases.push_back({code, code, 1, {by[0], by[1], by[2]}});
  }
  return cases;
}
