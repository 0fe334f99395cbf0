// The bytes of a state that a number of tokens uses: the columns of
// convolutions, then of each stripe of the KV cache what these tokens take,
// rounded up to whole granules. Packed behind each other they do not depend on
// a context's capacity.
#ifndef LFM2RT_SRC_USEDSTATE_H
#define LFM2RT_SRC_USEDSTATE_H

#include "runtime/include/lfm2rt/abi.h"
#include "runtime/src/Support.h"

namespace lfm2rt {

class UsedState {
public:
  UsedState(const lfm2_program &program, uint32_t tokens)
      : columns(program.state_fixed_bytes), head(program.state_head_bytes),
        stripes(head ? program.state_bytes_per_token / head : 0),
        used(alignUp(tokens, LFM2_CONTEXT_GRANULE) * head) {}

  uint64_t columnBytes() const { return columns; }
  uint64_t cacheBytes() const { return stripes * used; }
  uint64_t bytes() const { return columnBytes() + cacheBytes(); }

  // body(where it is when packed, its bytes, the number of its stripe) for each
  // part behind the columns, until one is false, which is then the result.
  template <typename Body> bool forCache(Body body) const {
    bool good = true;
    for (uint64_t s = 0; used && good && s < stripes; ++s)
      good = body(columns + s * used, used, s);
    return good;
  }
  // Where a stripe begins in the state of a context.
  uint64_t stripeAt(uint64_t stripe, uint32_t capacity) const {
    return columns + stripe * capacity * head;
  }

private:
  uint64_t columns, head, stripes, used;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_USEDSTATE_H
