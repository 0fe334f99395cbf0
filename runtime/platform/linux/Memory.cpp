// The four functions that compilers call on their own. Compiled so that the
// loops below are not turned into calls of themselves.
#include "runtime/src/Support.h"

typedef long long Vector
    __attribute__((vector_size(16), aligned(1), may_alias));

extern "C" {

void *memcpy(void *to, const void *from, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  auto *f = static_cast<const char *>(from);
  for (; bytes >= 64; bytes -= 64, t += 64, f += 64) {
    auto *v = reinterpret_cast<const Vector *>(f);
    Vector a = v[0], b = v[1], c = v[2], d = v[3];
    auto *w = reinterpret_cast<Vector *>(t);
    w[0] = a, w[1] = b, w[2] = c, w[3] = d;
  }
  for (; bytes >= 16; bytes -= 16, t += 16, f += 16)
    *reinterpret_cast<Vector *>(t) = *reinterpret_cast<const Vector *>(f);
  while (bytes--)
    *t++ = *f++;
  return to;
}

void *memmove(void *to, const void *from, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  auto *f = static_cast<const char *>(from);
  if (size_t(t - f) >= bytes)
    return memcpy(to, from, bytes);
  while (bytes >= 16) {
    bytes -= 16;
    *reinterpret_cast<Vector *>(t + bytes) =
        *reinterpret_cast<const Vector *>(f + bytes);
  }
  while (bytes--)
    t[bytes] = f[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  Vector v;
  uint64_t word = 0x0101010101010101u * uint8_t(value);
  v[0] = (long long)word, v[1] = (long long)word;
  for (; bytes >= 16; bytes -= 16, t += 16)
    *reinterpret_cast<Vector *>(t) = v;
  while (bytes--)
    *t++ = char(value);
  return to;
}

int memcmp(const void *a, const void *b, size_t bytes) noexcept {
  auto *x = static_cast<const unsigned char *>(a);
  auto *y = static_cast<const unsigned char *>(b);
  for (size_t i = 0; i < bytes; ++i)
    if (x[i] != y[i])
      return x[i] - y[i];
  return 0;
}
}
