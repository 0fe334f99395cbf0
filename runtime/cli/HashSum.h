// The hash of bytes that come in pieces: it does not depend on where these end.
#ifndef LFM2RT_CLI_HASHSUM_H
#define LFM2RT_CLI_HASHSUM_H

#include "runtime/src/Hash.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

class HashSum {
public:
  void add(const void *data, uint64_t bytes) {
    auto *at = static_cast<const uint8_t *>(data);
    while (bytes > 0) {
      uint64_t piece = min(bytes, sizeof(block.data) - used);
      memcpy(block.data + used, at, size_t(piece));
      at += piece;
      bytes -= piece;
      used += piece;
      if (used == sizeof(block.data))
        close();
    }
  }
  uint64_t sum() {
    close();
    return block.before;
  }

private:
  // One hash of what is full, and of that before.
  void close() {
    memset(block.data + used, 0, size_t(sizeof(block.data) - used));
    block.used = used;
    block.before = hash(&block, sizeof(block));
    used = 0;
  }

  struct {
    uint64_t before = 0, used = 0, spare[2] = {};
    uint8_t data[4096];
  } block;
  uint64_t used = 0;
};

inline uint64_t hashOf(const void *data, uint64_t bytes) {
  HashSum sum;
  sum.add(data, bytes);
  return sum.sum();
}

} // namespace lfm2rt

#endif // LFM2RT_CLI_HASHSUM_H
