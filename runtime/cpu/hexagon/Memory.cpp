// The four functions that compilers call on their own, and the one of
// Hexagon's. Loads and stores that are not aligned trap, so whole words are
// moved where both sides stand alike to them. Compiled so that the loops are
// not turned into calls of themselves.
#include "runtime/src/Support.h"

namespace {
typedef uint64_t Word __attribute__((may_alias));

// What two addresses have in common of their places in a word.
inline bool alike(const void *a, const void *b) {
  return (uintptr_t(a) - uintptr_t(b)) % sizeof(Word) == 0;
}
inline bool isAligned(const void *a) {
  return uintptr_t(a) % sizeof(Word) == 0;
}
} // namespace

extern "C" {

void *memcpy(void *to, const void *from, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  auto *f = static_cast<const char *>(from);
  if (alike(t, f)) {
    for (; bytes > 0 && !isAligned(t); --bytes)
      *t++ = *f++;
    for (; bytes >= 32; bytes -= 32, t += 32, f += 32) {
      auto *v = reinterpret_cast<const Word *>(f);
      Word a = v[0], b = v[1], c = v[2], d = v[3];
      auto *w = reinterpret_cast<Word *>(t);
      w[0] = a, w[1] = b, w[2] = c, w[3] = d;
    }
    for (; bytes >= 8; bytes -= 8, t += 8, f += 8)
      *reinterpret_cast<Word *>(t) = *reinterpret_cast<const Word *>(f);
  }
  while (bytes--)
    *t++ = *f++;
  return to;
}

// For multiples of 8 bytes, from 32 on, that are likely at multiples of 8.
void *__hexagon_memcpy_likely_aligned_min32bytes_mult8bytes(
    void *to, const void *from, size_t bytes) noexcept {
  return memcpy(to, from, bytes);
}

void *memmove(void *to, const void *from, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  auto *f = static_cast<const char *>(from);
  if (size_t(t - f) >= bytes)
    return memcpy(to, from, bytes);
  if (alike(t, f)) {
    for (; bytes > 0 && !isAligned(t + bytes); --bytes)
      t[bytes - 1] = f[bytes - 1];
    for (; bytes >= 8; bytes -= 8)
      *reinterpret_cast<Word *>(t + bytes - 8) =
          *reinterpret_cast<const Word *>(f + bytes - 8);
  }
  while (bytes--)
    t[bytes] = f[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  for (; bytes > 0 && !isAligned(t); --bytes)
    *t++ = char(value);
  Word word = 0x0101010101010101u * uint8_t(value);
  for (; bytes >= 8; bytes -= 8, t += 8)
    *reinterpret_cast<Word *>(t) = word;
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
