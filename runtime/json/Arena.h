// Memory of the caller's that is given out from the front, and, as a stack,
// from the end. What did not fit is counted, so that the caller learns how much
// it takes; from then on nothing fits.
#ifndef LFM2RT_JSON_ARENA_H
#define LFM2RT_JSON_ARENA_H

#include "runtime/src/Support.h"

namespace lfm2rt {

class Arena {
public:
  // `memory` is at a multiple of 8, and the caller's.
  Arena(void *memory, uint64_t bytes)
      : base(static_cast<uint8_t *>(memory)), bytes(bytes / 8 * 8) {}

  // Bytes that stay until they are released; `alignment` is a power of two up
  // to
  // 8. nullptr when full.
  void *take(uint64_t size, uint64_t alignment = 8) {
    uint64_t at = alignUp(front, alignment);
    front = at + size;
    return fits() ? base + size_t(at) : nullptr;
  }
  // So many bytes, a multiple of 8, in front of those that were pushed last;
  // nullptr when full.
  void *push(uint64_t size) {
    back += size;
    return fits() ? base + size_t(bytes - back) : nullptr;
  }
  void pop(uint64_t size) { back -= size; }
  void *top() { return base + size_t(bytes - back); }

  // What was taken since used() was so many bytes is free again.
  uint64_t used() const { return front; }
  void release(uint64_t used) { front = used; }

  // Whether something did not fit, and with how many bytes all would have.
  bool overflowed() const { return most > bytes; }
  uint64_t needed() const { return alignUp(most, 8); }

private:
  bool fits() {
    most = max(most, front + back);
    return !overflowed();
  }

  uint8_t *base;
  uint64_t bytes, front = 0, back = 0, most = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_JSON_ARENA_H
