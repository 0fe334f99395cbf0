// Compares every kernel of dot4_kernels.py with plain integers: where weights
// and activations are all at their ends, where sums in 16 bits are widest, and
// on random bytes of which many are at their ends.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef void kernel_fn(int32_t *, const int8_t *, const int8_t *);
struct kernel {
  const char *name;
  kernel_fn *run;
  int lanes, bits, is_signed;
};
#include KERNELS

enum { LENGTH = 8, MOST = 4 * 32 * LENGTH };

static uint32_t state = 12345;
static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

/// 0: low, 1: high, 2: random, 3: one of the three, each byte anew.
static int pick(int mode, int low, int high) {
  if (mode == 3)
    mode = next() % 3;
  if (mode == 2)
    return low + (int)(next() % (uint32_t)(high - low + 1));
  return mode ? high : low;
}

int main(void) {
  int failures = 0, count = 0;
  for (const struct kernel *k = kernels;
       k != kernels + sizeof kernels / sizeof *kernels; ++k)
    for (int round = 0; round < 64; ++round, ++count) {
      int8_t w[MOST], x[MOST];
      int32_t sums[32], expected[32];
      int low = k->is_signed ? -128 : 0;
      int high = k->is_signed ? 127 : (1 << k->bits) - 1;
      for (int i = 0; i < 4 * k->lanes * LENGTH; ++i) {
        w[i] = (int8_t)pick(round % 4, low, high);
        x[i] = (int8_t)pick(round / 4 % 4, -127, 127);
      }
      for (int lane = 0; lane < k->lanes; ++lane) {
        expected[lane] = sums[lane] = (int32_t)next() / 2;
        for (int d = 0; d < LENGTH; ++d)
          for (int j = 0; j < 4; ++j) {
            int i = 4 * (k->lanes * d + lane) + j;
            expected[lane] += (k->is_signed ? w[i] : (uint8_t)w[i]) * x[i];
          }
      }
      k->run(sums, w, x);
      if (memcmp(sums, expected, 4 * (size_t)k->lanes)) {
        printf("%s is wrong in round %d: %d, not %d\n", k->name, round, sums[0],
               expected[0]);
        ++failures;
      }
    }
  printf("%d rounds, %d wrong\n", count, failures);
  return failures != 0;
}
