// Upper and lower case.
#include "runtime/chat/Strings.h"
#include "runtime/chat/Template.h"

namespace lfm2rt {

static uint32_t mapped(const Template &form, uint32_t code, Case to) {
  if (code < 0x80) {
    uint32_t lower = code | 0x20;
    if (lower < 'a' || lower > 'z')
      return code;
    return to == Case::Lower ? lower : lower - 0x20;
  }
  const lfm2_template_case *cases = form.cases();
  uint32_t low = 0, high = form.count(LFM2_TEMPLATE_CASES);
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (cases[middle].last < code)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == form.count(LFM2_TEMPLATE_CASES))
    return code;
  const lfm2_template_case &found = cases[low];
  if (code < found.first || (found.stride == 2 && (code - found.first) % 2))
    return code;
  return code + uint32_t(to == Case::Upper   ? found.to_upper
                         : to == Case::Lower ? found.to_lower
                                             : found.to_title);
}

// Whether the character is a letter that has a case.
static bool hasCase(const Template &form, uint32_t code) {
  return mapped(form, code, Case::Upper) != code ||
         mapped(form, code, Case::Lower) != code;
}

// All letters of `text`, each in the case that `choose` says of it.
template <typename Choose>
static Text change(Heap &heap, const Template &form, Text text, Choose choose) {
  TextBuilder all(heap);
  heap.count(text.bytes / 4);
  for (Letters letters(text); !letters.atEnd() && !heap.ended();) {
    bool foreign = isForeign(*letters.at);
    uint32_t code = letters.next();
    all.putLetter(mapped(form, code, choose(code)), foreign);
  }
  return all.finish();
}

Text changeCase(Heap &heap, const Template &form, Text text, Case to) {
  return change(heap, form, text, [&](uint32_t) { return to; });
}

Text capitalize(Heap &heap, const Template &form, Text text) {
  bool isFirst = true;
  return change(heap, form, text, [&](uint32_t) {
    Case to = isFirst ? Case::Title : Case::Lower;
    isFirst = false;
    return to;
  });
}

Text makeTitle(Heap &heap, const Template &form, Text text, bool filter) {
  bool starts = true;
  return change(heap, form, text, [&](uint32_t code) {
    Case to = !starts ? Case::Lower : filter ? Case::Upper : Case::Title;
    starts = filter ? isSpace(code) || code == '-' || code == '(' ||
                          code == '{' || code == '[' || code == '<'
                    : !hasCase(form, code);
    return to;
  });
}

bool isCase(const Template &form, Text text, Case wanted) {
  bool any = false;
  Case other = wanted == Case::Upper ? Case::Lower : Case::Upper;
  for (Letters letters(text); !letters.atEnd();) {
    uint32_t code = letters.next();
    if (mapped(form, code, wanted) != code)
      return false;
    any |= mapped(form, code, other) != code;
  }
  return any;
}

} // namespace lfm2rt
