#include "runtime/json/Escapes.h"
#include "runtime/json/Numbers.h"

namespace lfm2rt {

uint32_t readEscape(Text text, Escapes escapes, uint32_t &codePoint) {
  // "/" is JSON's alone, what is behind "t" Python's.
  static const char names[] = "/\"\\bfnrt'av", meant[] = "/\"\\\b\f\n\r\t'\a\v";
  char c = text.bytes > 1 ? text.at[1] : char(0);
  bool isJson = escapes == Escapes::Json;
  for (uint32_t i = escapes == Escapes::Python; i < (isJson ? 8 : 11); ++i)
    if (c == names[i]) {
      codePoint = uint8_t(meant[i]);
      return 2;
    }
  uint32_t digits = c == 'u' ? 4 : isJson ? 0 : c == 'x' ? 2 : c == 'U' ? 8 : 0;
  uint32_t base = 16, from = 2;
  bool isOctal = digits == 0;
  if (isOctal) {
    base = 8;
    digits = isJson ? 0 : 3;
    from = 1;
  }
  codePoint = 0;
  uint32_t at = from;
  for (; at < from + digits && at < text.bytes; ++at) {
    uint32_t digit = hexDigit(text.at[at]);
    if (digit >= base)
      break;
    codePoint = codePoint * base + digit;
  }
  if (isOctal)
    return c == 'N' ? 0 : at;
  return at == from + digits && codePoint <= 0x10ffff ? at : 0;
}

} // namespace lfm2rt
