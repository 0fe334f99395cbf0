// What SME with vectors of 512 bits does, as functions on memory; vectors come
// and go through sme.ll.
#include <stdint.h>
#include <string.h>

static int32_t za[4][16][16];

// Each bit stands for a tile of 64-bit elements, two of which are one of 32.
void sme_zero(int32_t mask) {
  for (int tile = 0; tile < 4; ++tile)
    for (int row = 0; row < 16; ++row)
      if (mask >> (tile + 4 * (row % 2)) & 1)
        memset(za[tile][row], 0, sizeof za[tile][row]);
}
void sme_write_row(int32_t tile, int32_t row, const int32_t *from) {
  memcpy(za[tile][row], from, sizeof za[tile][row]);
}
void sme_read_row(int32_t tile, int32_t row, int32_t *to) {
  memcpy(to, za[tile][row], sizeof za[tile][row]);
}
void sme_read_column(int32_t tile, int32_t column, int32_t *to) {
  for (int row = 0; row < 16; ++row)
    to[row] = za[tile][row][column];
}
void sme_smopa(int32_t tile, const int8_t *rows, const int8_t *columns) {
  for (int row = 0; row < 16; ++row)
    for (int column = 0; column < 16; ++column)
      for (int i = 0; i < 4; ++i)
        za[tile][row][column] += rows[4 * row + i] * columns[4 * column + i];
}
