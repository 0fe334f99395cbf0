// What is said of tokens before they are read.
#ifndef LFM2RT_SRC_READ_H
#define LFM2RT_SRC_READ_H

#include "runtime/src/Context.h"

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

} // namespace lfm2rt

#endif // LFM2RT_SRC_READ_H
