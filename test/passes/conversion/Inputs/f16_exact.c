// All halves to f32; to halves: every tie between two of them with its
// neighbours, and every 61st float. What is expected comes from exact
// arithmetic in double.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void to_float(const uint16_t *from, float *to);
void to_half(const float *from, uint16_t *to);

static float bits_to_float(uint32_t bits) {
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

static double half_value(uint16_t h) {
  int exponent = h >> 10 & 31, fraction = h & 1023;
  double magnitude = exponent == 31  ? (fraction ? NAN : INFINITY)
                     : exponent == 0 ? ldexp(fraction, -24)
                                     : ldexp(1024 + fraction, exponent - 25);
  return h & 0x8000 ? -magnitude : magnitude;
}

/// Nearest half, ties to even: a half of a lower exponent has a finer step.
static uint16_t expected_half(float x) {
  uint16_t sign = signbit(x) ? 0x8000 : 0;
  double a = fabs((double)x);
  if (isnan(x))
    return sign | 0x7e00;
  if (a >= 65520)
    return sign | 0x7c00;
  int exponent;
  frexp(a, &exponent); // a < 2^exponent
  if (a == 0 || exponent < -13)
    exponent = -13;
  double steps =
      nearbyint(ldexp(a, 11 - exponent)); // Exact, then rounded once.
  double rounded = ldexp(steps, exponent - 11);
  if (rounded == 0)
    return sign;
  frexp(rounded, &exponent);
  if (exponent < -13)
    return sign | (uint16_t)ldexp(rounded, 24);
  return sign | (uint16_t)((exponent + 14) << 10 |
                           ((int)ldexp(rounded, 11 - exponent) & 1023));
}

static long wrong, done;
static uint32_t pending[8];
static int count;

static void flush(void) {
  float in[8];
  uint16_t out[8];
  memcpy(in, pending, sizeof in);
  to_half(in, out);
  for (int i = 0; i < 8; ++i, ++done) {
    uint16_t expected = expected_half(in[i]);
    if (out[i] != expected && wrong++ < 10)
      printf("%08x to %04x, not %04x\n", pending[i], out[i], expected);
  }
  count = 0;
}

static void check(uint32_t bits) {
  pending[count++] = bits;
  if (count == 8)
    flush();
}

int main(void) {
  for (uint32_t first = 0; first < 65536; first += 8) {
    uint16_t in[8];
    float out[8];
    for (int i = 0; i < 8; ++i)
      in[i] = (uint16_t)(first + i);
    to_float(in, out);
    for (int i = 0; i < 8; ++i) {
      double expected = half_value(in[i]);
      int same = isnan(expected) ? isnan(out[i])
                                 : out[i] == expected &&
                                       !signbit(out[i]) == !(in[i] & 0x8000);
      if (!same && wrong++ < 10)
        printf("%04x to %a, not %a\n", in[i], out[i], expected);
    }
  }
  printf("65536 halves\n");
  for (uint32_t h = 0; h < 0x7c00; ++h) {
    double next = h == 0x7bff ? 65536 : half_value((uint16_t)(h + 1));
    float middle = (float)((half_value((uint16_t)h) + next) / 2);
    uint32_t bits;
    memcpy(&bits, &middle, 4);
    for (uint32_t near = bits - 1; near <= bits + 1; ++near) {
      check(near);
      check(near | 0x80000000u);
    }
  }
  for (uint64_t bits = 0; bits < 0x100000000u; bits += 61)
    check((uint32_t)bits);
  while (count)
    check(0);
  printf("%ld floats, %ld wrong\n", done, wrong);
  return wrong != 0;
}
