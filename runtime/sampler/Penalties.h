// What makes tokens less likely, or more, before any of them is dropped.
// `logits` are those of all tokens, by id. Work memory is an entry for each
// token, of any content, and marks, a bit for each, which are 0 between calls.
#ifndef LFM2RT_SAMPLER_PENALTIES_H
#define LFM2RT_SAMPLER_PENALTIES_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {

struct Logits {
  float *values;
  uint32_t vocabulary;
  uint32_t *work, *marks;

  // The first time since unmark() that it is asked of this token.
  bool mark(uint32_t id) const {
    bool fresh = !isMarked(id);
    marks[id / 32] |= 1u << id % 32;
    return fresh;
  }
  bool isMarked(uint32_t id) const { return marks[id / 32] >> id % 32 & 1; }
  // Whether it was marked.
  bool unmark(uint32_t id) const {
    bool marked = isMarked(id);
    marks[id / 32] &= ~(1u << id % 32);
    return marked;
  }
};

void addBiases(const Logits &logits, const lfm2rt_sampling &settings);

bool hasPenalties(const lfm2rt_sampling &settings);
// For repetition, frequency and presence.
void penalise(const Logits &logits, const lfm2rt_sampling &settings,
              const int32_t *tokens, uint32_t count);

bool hasDry(const lfm2rt_sampling &settings);
// For each token that would make a repetition longer. `tokenizer` may be
// nullptr: then there are no breakers.
void penaliseRepeats(const Logits &logits, const lfm2rt_sampling &settings,
                     const int32_t *tokens, uint32_t count,
                     const lfm2_tokenizer *tokenizer);

} // namespace lfm2rt

#endif // LFM2RT_SAMPLER_PENALTIES_H
