// What freestanding code needs of a standard library, and no more.
#ifndef LFM2RT_SRC_SUPPORT_H
#define LFM2RT_SRC_SUPPORT_H

#include <stddef.h>
#include <stdint.h>

extern "C" {
void *memcpy(void *to, const void *from, size_t bytes) noexcept;
void *memmove(void *to, const void *from, size_t bytes) noexcept;
void *memset(void *to, int value, size_t bytes) noexcept;
int memcmp(const void *a, const void *b, size_t bytes) noexcept;
}

namespace lfm2rt {

template <typename T> constexpr T min(T a, T b) { return b < a ? b : a; }
template <typename T> constexpr T max(T a, T b) { return a < b ? b : a; }

constexpr uint64_t alignUp(uint64_t value, uint64_t alignment) {
  return (value + alignment - 1) / alignment * alignment;
}

// Whether so many bytes can be in memory at all: sizes of files and of what is
// asked for have 64 bits everywhere, addresses may have 32. What is known to be
// in memory is cast to size_t without asking.
constexpr bool isAddressable(uint64_t bytes) { return bytes == size_t(bytes); }

// new (At{memory}) T(...): an object in memory that is there.
struct At {
  void *memory;
};

inline size_t length(const char *text) {
  size_t n = 0;
  while (text[n])
    ++n;
  return n;
}

inline bool equal(const char *a, const char *b) {
  while (*a && *a == *b)
    ++a, ++b;
  return *a == *b;
}

template <typename T> T load(const T *word) {
  return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}
template <typename T> void store(T *word, T value) {
  __atomic_store_n(word, value, __ATOMIC_RELEASE);
}

} // namespace lfm2rt

inline void *operator new(size_t, lfm2rt::At at) noexcept { return at.memory; }

#endif // LFM2RT_SRC_SUPPORT_H
