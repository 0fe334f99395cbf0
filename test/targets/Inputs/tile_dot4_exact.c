// Compares every kernel of tile_dot4_kernels.py with plain integers, on bytes
// of which many are at their ends; and what AMX does, as functions on memory.
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef void kernel_fn(int32_t *, const int8_t *, const int8_t *);
struct kernel {
  const char *name;
  kernel_fn *run;
  int count, dots, lanes, tokens, stride;
};
#include KERNELS

// A tile register: its rows as they were loaded, zeros behind their bytes.
struct tile {
  int8_t row[16][64];
};
static struct tile tiles[64];
static int next_tile;
static struct tile *fresh(void) {
  struct tile *t = &tiles[next_tile++ % 64];
  memset(t, 0, sizeof *t);
  return t;
}
struct tile *emulated_tilezero(int16_t rows, int16_t bytes) {
  (void)rows, (void)bytes;
  return fresh();
}
struct tile *emulated_tileloadd64(int16_t rows, int16_t bytes,
                                  const int8_t *from, int64_t stride) {
  struct tile *t = fresh();
  for (int r = 0; r < rows; ++r)
    memcpy(t->row[r], from + r * stride, bytes);
  return t;
}
void emulated_tilestored64(int16_t rows, int16_t bytes, int8_t *to,
                           int64_t stride, const struct tile *t) {
  for (int r = 0; r < rows; ++r)
    memcpy(to + r * stride, t->row[r], bytes);
}
// c[m][n] += a[m][4k + i] * b[k][4n + i]; n and k are in bytes.
struct tile *emulated_tdpbssd(int16_t m, int16_t n, int16_t k,
                              const struct tile *c, const struct tile *a,
                              const struct tile *b) {
  struct tile *t = fresh();
  for (int row = 0; row < m; ++row) {
    int32_t sums[16];
    memcpy(sums, c->row[row], sizeof sums);
    for (int column = 0; column < n / 4; ++column)
      for (int i = 0; i < k; ++i)
        sums[column] += a->row[row][i] * b->row[i / 4][4 * column + i % 4];
    memcpy(t->row[row], sums, n);
  }
  return t;
}

static uint32_t state = 12345;
static int next(int low, int high) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  uint32_t mode = state >> 30;
  return mode < 2 ? low + (int)(state % (uint32_t)(high - low + 1))
                  : (mode == 2 ? low : high);
}

enum { MOST_X = 16 * 1000, MOST_W = 4 * 16 * 4 * 16, MOST_SUMS = 4 * 16 * 16 };

int main(void) {
  int failures = 0, rounds = 0;
  for (const struct kernel *k = kernels;
       k != kernels + sizeof kernels / sizeof *kernels; ++k)
    for (int round = 0; round < 16; ++round, ++rounds) {
      static int8_t x[MOST_X], w[MOST_W];
      // One sum more, which nothing may write.
      static int32_t sums[MOST_SUMS + 1], expected[MOST_SUMS + 1];
      for (int i = 0; i < MOST_X; ++i)
        x[i] = (int8_t)next(-127, 127);
      for (int i = 0; i < MOST_W; ++i)
        w[i] = (int8_t)next(-128, 127);
      memset(sums, 0x55, sizeof sums);
      memset(expected, 0x55, sizeof expected);
      for (int p = 0; p < k->count; ++p)
        for (int t = 0; t < k->tokens; ++t)
          for (int r = 0; r < k->lanes; ++r) {
            int32_t sum = 0;
            for (int i = 0; i < 4 * k->dots; ++i)
              sum += x[t * k->stride + p * 4 * k->dots + i] *
                     w[((p * k->dots + i / 4) * k->lanes + r) * 4 + i % 4];
            expected[(p * k->tokens + t) * k->lanes + r] = sum;
          }
      k->run(sums, x, w);
      if (memcmp(sums, expected, sizeof sums)) {
        printf("%s is wrong in round %d\n", k->name, round);
        ++failures;
      }
    }
  printf("%d rounds, %d wrong\n", rounds, failures);
  return failures != 0;
}
