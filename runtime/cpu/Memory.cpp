// The four functions that compilers call on their own, and the one of
// Hexagon's. Compiled so that the loops below are not turned into calls of
// themselves.
#include "runtime/src/Support.h"

namespace {
#if defined(__hexagon__)
// Loads and stores that are not aligned trap.
typedef uint64_t Unit __attribute__((may_alias));
constexpr bool anyAddress = false;
#else
typedef long long Unit __attribute__((vector_size(16), aligned(1), may_alias));
constexpr bool anyAddress = true;
#endif
constexpr size_t unitBytes = sizeof(Unit);

// Whether units may be moved between two addresses once one is aligned.
inline bool alike(const void *a, const void *b) {
  return anyAddress || (uintptr_t(a) - uintptr_t(b)) % unitBytes == 0;
}
inline bool isAligned(const void *a) {
  return anyAddress || uintptr_t(a) % unitBytes == 0;
}
} // namespace

extern "C" {

void *memcpy(void *to, const void *from, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  auto *f = static_cast<const char *>(from);
  if (alike(t, f)) {
    for (; bytes > 0 && !isAligned(t); --bytes)
      *t++ = *f++;
    constexpr size_t four = 4 * unitBytes;
    for (; bytes >= four; bytes -= four, t += four, f += four) {
      auto *v = reinterpret_cast<const Unit *>(f);
      Unit a = v[0], b = v[1], c = v[2], d = v[3];
      auto *w = reinterpret_cast<Unit *>(t);
      w[0] = a, w[1] = b, w[2] = c, w[3] = d;
    }
    for (; bytes >= unitBytes;
         bytes -= unitBytes, t += unitBytes, f += unitBytes)
      *reinterpret_cast<Unit *>(t) = *reinterpret_cast<const Unit *>(f);
  }
  while (bytes--)
    *t++ = *f++;
  return to;
}

#if defined(__hexagon__)
// For multiples of 8 bytes, from 32 on, that are likely at multiples of 8.
void *__hexagon_memcpy_likely_aligned_min32bytes_mult8bytes(
    void *to, const void *from, size_t bytes) noexcept {
  return memcpy(to, from, bytes);
}
#endif

void *memmove(void *to, const void *from, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  auto *f = static_cast<const char *>(from);
  if (size_t(t - f) >= bytes)
    return memcpy(to, from, bytes);
  if (alike(t, f)) {
    for (; bytes > 0 && !isAligned(t + bytes); --bytes)
      t[bytes - 1] = f[bytes - 1];
    while (bytes >= unitBytes) {
      bytes -= unitBytes;
      *reinterpret_cast<Unit *>(t + bytes) =
          *reinterpret_cast<const Unit *>(f + bytes);
    }
  }
  while (bytes--)
    t[bytes] = f[bytes];
  return to;
}

void *memset(void *to, int value, size_t bytes) noexcept {
  auto *t = static_cast<char *>(to);
  for (; bytes > 0 && !isAligned(t); --bytes)
    *t++ = char(value);
  // Every element of a vector.
  Unit unit = Unit{} + (long long)(0x0101010101010101u * uint8_t(value));
  for (; bytes >= unitBytes; bytes -= unitBytes, t += unitBytes)
    *reinterpret_cast<Unit *>(t) = unit;
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
