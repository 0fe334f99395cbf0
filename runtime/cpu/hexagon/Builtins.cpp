// What LLVM calls where Hexagon has no instruction, by the names it uses: its
// own library for them may not be at hand. All are exact or rounded correctly
// but the exponentials.
#include "runtime/cpu/hexagon/Divide.h"
#include "runtime/cpu/hexagon/Exp.h"
#include "runtime/cpu/hexagon/SoftFloat.h"

using namespace lfm2rt::soft;

namespace {
uint64_t bitsOf(double x) { return __builtin_bit_cast(uint64_t, x); }
uint32_t bitsOf(float x) { return __builtin_bit_cast(uint32_t, x); }
double number(uint64_t bits) { return __builtin_bit_cast(double, bits); }
float number(uint32_t bits) { return __builtin_bit_cast(float, bits); }
} // namespace

extern "C" {

uint32_t __hexagon_udivsi3(uint32_t a, uint32_t b) {
  return divideWhole(a, b).quotient;
}
uint32_t __hexagon_umodsi3(uint32_t a, uint32_t b) {
  return divideWhole(a, b).rest;
}
int32_t __hexagon_divsi3(int32_t a, int32_t b) {
  return divideSigned<uint32_t>(a, b).quotient;
}
int32_t __hexagon_modsi3(int32_t a, int32_t b) {
  return divideSigned<uint32_t>(a, b).rest;
}
uint64_t __hexagon_udivdi3(uint64_t a, uint64_t b) {
  return divideWhole(a, b).quotient;
}
uint64_t __hexagon_umoddi3(uint64_t a, uint64_t b) {
  return divideWhole(a, b).rest;
}
int64_t __hexagon_divdi3(int64_t a, int64_t b) {
  return divideSigned<uint64_t>(a, b).quotient;
}
int64_t __hexagon_moddi3(int64_t a, int64_t b) {
  return divideSigned<uint64_t>(a, b).rest;
}

double __hexagon_muldf3(double a, double b) {
  return number(multiply(bitsOf(a), bitsOf(b)));
}
double __hexagon_divdf3(double a, double b) {
  return number(divide(bitsOf(a), bitsOf(b)));
}
// What LLVM calls where it saves size; elsewhere it is made of instructions. 53
// bits of a quotient of 24 and 24 round to 24 as all of it would.
float __hexagon_divsf3(float a, float b) {
  return float(__hexagon_divdf3(a, b));
}
float __hexagon_sqrtf(float x) { return number(squareRoot<Single>(bitsOf(x))); }
double sqrt(double x) { return number(squareRoot<Double>(bitsOf(x))); }

// With fast-math flags LLVM asks for less, which may be met by more.
double __hexagon_fast_muldf3(double a, double b) {
  return __hexagon_muldf3(a, b);
}
double __hexagon_fast_divdf3(double a, double b) {
  return __hexagon_divdf3(a, b);
}
float __hexagon_fast2_sqrtf(float x) { return __hexagon_sqrtf(x); }
double __hexagon_fast2_sqrtdf2(double x) { return sqrt(x); }
float sqrtf(float x) { return __hexagon_sqrtf(x); }

float __extendhfsf2(uint16_t bits) {
  return number(convert<Single, Half>(bits));
}
uint16_t __truncsfhf2(float x) { return convert<Half, Single>(bitsOf(x)); }
uint16_t __truncdfhf2(double x) { return convert<Half, Double>(bitsOf(x)); }

#define LFM2_ROUND(name, way)                                                  \
  float name##f(float x) {                                                     \
    return number(roundToWhole<Single>(bitsOf(x), Rounding::way));             \
  }                                                                            \
  double name(double x) {                                                      \
    return number(roundToWhole<Double>(bitsOf(x), Rounding::way));             \
  }
LFM2_ROUND(floor, Down)
LFM2_ROUND(ceil, Up)
LFM2_ROUND(trunc, ToZero)
LFM2_ROUND(rint, ToEven)
LFM2_ROUND(nearbyint, ToEven)
LFM2_ROUND(roundeven, ToEven)
LFM2_ROUND(round, FromZero)
#undef LFM2_ROUND

// Of a number and what is not one, the number.
float fmaxf(float a, float b) { return b != b || a > b ? a : b; }
float fminf(float a, float b) { return b != b || a < b ? a : b; }
double fmax(double a, double b) { return b != b || a > b ? a : b; }
double fmin(double a, double b) { return b != b || a < b ? a : b; }

float expf(float x) { return exponentialOf(x); }
float exp2f(float x) { return powerOfTwoOf(x); }
}
