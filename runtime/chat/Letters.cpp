#include "runtime/chat/Letters.h"

namespace lfm2rt {

bool startsWith(Text text, Text what, uint32_t &bytes) {
  Letters mine(text), its(what);
  while (!its.atEnd())
    if (mine.atEnd() || mine.next() != its.next())
      return false;
  bytes = uint32_t(mine.at - text.at);
  return true;
}

int compareLetters(Text a, Text b) {
  Letters left(a), right(b);
  while (!left.atEnd() && !right.atEnd()) {
    uint32_t x = left.next(), y = right.next();
    if (x != y)
      return x < y ? -1 : 1;
  }
  return int(!left.atEnd()) - int(!right.atEnd());
}

uint32_t countLetters(Text text) {
  uint32_t count = 0;
  for (Letters letters(text); !letters.atEnd(); letters.next())
    ++count;
  return count;
}

bool isSpace(uint32_t code) {
  return (code >= 9 && code <= 13) || (code >= 28 && code <= 32) ||
         code == 0x85 || code == 0xa0 || code == 0x1680 ||
         (code >= 0x2000 && code <= 0x200a) || code == 0x2028 ||
         code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000;
}

const Value *findMember(const Value &mapping, Text name) {
  // The last of those that differ in what is foreign only.
  for (uint32_t i = mapping.size; i > 0; --i)
    if (sameLetters(mapping.members[i - 1].name(), name))
      return &mapping.members[i - 1].value;
  return nullptr;
}

} // namespace lfm2rt
