// The loop over the tokens of a list: what a mask takes its time for.
#include "runtime/grammar/Matcher.h"

namespace lfm2rt {
namespace grammar {

void Matcher::allowList(uint32_t list, Run run) {
  const lfm2rt_vocabulary &v = vocabulary;
  path[0] = *owner;
  uint32_t again = v.tokens; // The token that there was no room for.
  for (uint32_t first = 0; first < 256; ++first) {
    uint32_t i = v.first[list][first];
    const uint32_t end = v.first[list][first + 1];
    if (i == end || lookUp(path[0], first) == dead)
      continue;
    // Of the token before: `known` configurations on its path are right. Where
    // it died, the byte behind them leads nowhere.
    uint32_t known = 0;
    bool died = false;
    for (; i < end; ++i) {
      const uint32_t shared = v.shared[i];
      if (died && shared > known)
        continue;
      known = min(known, shared);
      died = false;
      const uint32_t id = v.ids[i];
      if (v.characters[i] <= run.length && !(v.kinds[i] & ~run.kinds)) {
        allowId(id);
        continue;
      }
      const uint32_t offset = v.offsets[i];
      const uint32_t length = shared + v.offsets[i + 1] - offset;
      const uint8_t *bytes = v.suffixes + offset - shared;
      if (known < shared)
        bytes = v.tokenizer->bytes + v.tokenizer->offsets[id];
      while (known < length) {
        const uint32_t next = lookUp(path[known], bytes[known]);
        if (next <= full) {
          died = true;
          break;
        }
        path[++known] = next;
      }
      if (!isFull) {
        if (!died)
          allowId(id);
        continue;
      }
      isFull = false;
      // Of a text that can be read in hundreds of ways, some tokens are left
      // out, since all would take seconds.
      if (numForgotten >= mostForgotten && numListed > 0) {
        leavesOut = true;
        continue;
      }
      // Once more with all memory; then by what takes the least.
      ++numForgotten;
      died = false;
      known = 0;
      if (again == i) {
        if (acceptText(*owner, id) != dead)
          allowId(id);
        path[0] = *owner;
        continue;
      }
      again = i--;
      forget(*owner);
      path[0] = *owner;
    }
  }
}

} // namespace grammar
} // namespace lfm2rt
