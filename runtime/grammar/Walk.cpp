// The loop over the tokens of a list: what a mask takes its time for.
#include "runtime/grammar/Matcher.h"

namespace lfm2rt {
namespace grammar {

void Matcher::allowList(uint32_t list, Run run) {
  const lfm2rt_vocabulary &v = vocabulary;
  path[0] = *owner;
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
      if (isFull) {
        // There is no room for the path. The token alone needs less; what was
        // known is forgotten.
        isFull = false;
        if (acceptText(*owner, id) != dead)
          allowId(id);
        path[0] = *owner;
        known = 0;
        died = false;
      } else if (!died) {
        allowId(id);
      }
    }
  }
}

} // namespace grammar
} // namespace lfm2rt
