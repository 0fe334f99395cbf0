// Arithmetic that Hexagon has no instruction for, written as anybody would, and
// a sum of all results: the machine that runs the tests must print the same
// ones.
#include <stdint.h>

#if defined(__hexagon__)
#include "process.h"
#else
#include <math.h>
#include <stdio.h>
#define print(text) fputs(text, stdout)
#endif

namespace {

struct Sum {
  uint64_t bits = 14695981039346656037u;
  void add(uint64_t value) {
    bits = (bits ^ value) * 1099511628211u;
    bits ^= bits >> 29;
  }
  void add(double x) {
    add(x != x ? uint64_t(7) : __builtin_bit_cast(uint64_t, x));
  }
  void add(float x) {
    add(x != x ? uint64_t(7) : uint64_t(__builtin_bit_cast(uint32_t, x)));
  }
  void show(const char *name) {
    char line[64], *at = line;
    for (; *name; ++name)
      *at++ = *name;
    *at++ = ' ';
    for (int digit = 60; digit >= 0; digit -= 4)
      *at++ = "0123456789abcdef"[bits >> digit & 15];
    *at++ = '\n';
    *at = 0;
    print(line);
    bits = 14695981039346656037u;
  }
};

uint64_t state = 1;
uint64_t next() {
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

// The compiler makes instructions of it unless it saves size.
__attribute__((minsize, noinline)) float quotient(float a, float b) {
  return a / b;
}

void run() {
  constexpr int count = 20000;
  Sum sum;
  for (int i = 0; i < count; ++i) {
    volatile uint64_t a = next() >> next() % 64,
                      b = (next() >> next() % 64) | 1;
    sum.add(uint64_t(a / b)), sum.add(uint64_t(a % b));
    sum.add(uint64_t(int64_t(a) / int64_t(b >> 1 | 1))),
        sum.add(uint64_t(int64_t(a) % int64_t(b >> 1 | 1)));
    volatile uint32_t c = uint32_t(a), d = uint32_t(b) | 1;
    sum.add(uint64_t(c / d)), sum.add(uint64_t(c % d));
    sum.add(uint64_t(int32_t(c) / int32_t(d >> 1 | 1))),
        sum.add(uint64_t(int32_t(c) % int32_t(d >> 1 | 1)));
  }
  sum.show("whole");
  for (int i = 0; i < count; ++i) {
    volatile double a = __builtin_bit_cast(double, next()),
                    b = __builtin_bit_cast(double, next());
    sum.add(a * b), sum.add(a / b), sum.add(a + b);
    sum.add(__builtin_sqrt(a < 0 ? -a : a)), sum.add(float(a));
    sum.add(__builtin_floor(a)), sum.add(__builtin_rint(b));
  }
  sum.show("double");
  for (int i = 0; i < count; ++i) {
    volatile float a = __builtin_bit_cast(float, uint32_t(next()));
    volatile float b = float(int64_t(next())) / 1e16f;
    sum.add(a * b), sum.add(a / b), sum.add(quotient(a, b));
    sum.add(__builtin_sqrtf(a < 0 ? -a : a));
    sum.add(__builtin_floorf(b)), sum.add(__builtin_ceilf(b)),
        sum.add(__builtin_truncf(b));
    sum.add(__builtin_rintf(b)), sum.add(__builtin_roundf(b)),
        sum.add(__builtin_roundevenf(b));
    sum.add(__builtin_fmaxf(a, b)), sum.add(__builtin_fminf(a, b));
    sum.add(double(uint64_t(next()))), sum.add(float(uint64_t(next())));
  }
  sum.show("float");
  for (uint32_t i = 0; i < 65536; ++i) {
    // A type of storage alone, which every target has.
    uint16_t bits = uint16_t(i);
    volatile __fp16 half, x, y;
    __builtin_memcpy(const_cast<__fp16 *>(&half), &bits, sizeof(bits));
    sum.add(float(half));
    volatile float a =
        __builtin_bit_cast(float, uint32_t(next()) % (1u << 28) + (104u << 23));
    volatile double b = a * 1.000001;
    x = __fp16(float(a)), y = __fp16(double(b));
    sum.add(float(x)), sum.add(float(y));
  }
  sum.show("half");
}

} // namespace

#if defined(__hexagon__)
extern "C" [[noreturn]] void start(long *) {
  run();
  end(0);
}
#else
int main() { run(); }
#endif
