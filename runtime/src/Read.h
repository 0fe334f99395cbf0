// What is said of tokens before they are read.
#ifndef LFM2RT_SRC_READ_H
#define LFM2RT_SRC_READ_H

#include "runtime/src/Context.h"
#include "runtime/src/Step.h"

namespace lfm2rt {

// Whether so many tokens fit behind those read and the pending one.
lfm2rt_status checkRoom(const lfm2rt_context &context, uint32_t count,
                        lfm2rt_error *error);
// Whether all are ids, or, below 0, name one of so many rows of embeddings.
lfm2rt_status checkTokens(const lfm2rt_context &context, const int32_t *tokens,
                          uint32_t count, uint32_t rows, lfm2rt_error *error);
// Puts the pending token, if any, and these behind those read.
void placeTokens(lfm2rt_context &context, const int32_t *tokens,
                 uint32_t count);

// What stands in place of tokens, and where what was asked for goes: it moves
// on with the tokens that are read. Pointers may be null.
struct Reading {
  const float *embeddings;
  float *logits; // Of all tokens; nullptr: those of the last, in the context.
  float *hidden;
  bool again; // The tokens were read before, and leave what they left then.
};

// Reads the `count` tokens that stand in context.tokens after those read.
lfm2rt_status readTokens(lfm2rt_context &context, uint32_t count,
                         Reading &reading, lfm2rt_error *error);
// Those that were read before, and whose cache is there; nothing has logits.
lfm2rt_status readAgain(lfm2rt_context &context, uint32_t count,
                        lfm2rt_error *error);

// A call was cancelled, or a step did not come to its end for another reason,
// which is said already.
lfm2rt_status ended(lfm2rt_context &context, lfm2rt_status why,
                    lfm2rt_error *error);

} // namespace lfm2rt

#endif // LFM2RT_SRC_READ_H
