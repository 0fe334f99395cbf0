// Doubles and their decimal texts, both ways exact. It is made for size, not
// for speed: numbers of any length are compared as large integers.
#ifndef LFM2RT_JSON_NUMBERS_H
#define LFM2RT_JSON_NUMBERS_H

#include "runtime/json/Value.h"

namespace lfm2rt {

// The double nearest to a text of decimal digits, with or without sign, point
// and exponent, ties to even; "_" is skipped. The text has been checked to be
// such. Infinite where it is too large.
double readDouble(Text number);

inline bool isFinite(double number) { return number - number == 0; }

// The value of a hexadecimal digit; 16 for what is none.
uint32_t hexDigit(char c);

// How many bytes at `text` are a number without sign, as far as they go, and
// what it is made of: digits alone, or also a point or an exponent. JSON wants
// digits on both sides of a point, Python on one.
enum class NumberForm { None, Whole, Fraction };
uint32_t scanNumber(Text text, bool isJson, NumberForm &form);

// Enough for any double or 64-bit integer.
constexpr uint32_t numberBytes = 32;

// Writes a finite number as Python's repr does: the fewest digits that read
// back as it, of these the nearest. Returns the bytes, which are not
// terminated.
uint32_t writeDouble(double number, char *to);
uint32_t writeInteger(int64_t number, char *to);
uint32_t writeInteger(uint64_t magnitude, bool negative, char *to);

} // namespace lfm2rt

#endif // LFM2RT_JSON_NUMBERS_H
