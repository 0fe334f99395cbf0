// Which of a context's tokens were read alone, by the entry for one token,
// which rounds in other places than those for several: who reads them again, to
// the same bits, reads them so again.
#ifndef LFM2RT_SRC_ALONE_H
#define LFM2RT_SRC_ALONE_H

#include "runtime/src/Support.h"

namespace lfm2rt {

class Alone {
public:
  // Bytes for a context of so many tokens, or that the first `tokens` take.
  static constexpr uint64_t bytes(uint64_t tokens) {
    return (tokens + 31) / 32 * sizeof(uint32_t);
  }
  void open(void *memory) { words = static_cast<uint32_t *>(memory); }

  void note(uint32_t position, uint32_t count, bool alone) {
    for (uint32_t end = position + count; position < end; ++position) {
      uint32_t bit = 1u << position % 32, &word = words[position / 32];
      word = alone ? word | bit : word & ~bit;
    }
  }
  bool at(uint32_t position) const {
    return words[position / 32] >> position % 32 & 1;
  }
  void *data() const { return words; }

private:
  uint32_t *words;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_ALONE_H
