/* lookup.h - a drafter that guesses from the conversation itself.
 *
 * Where the last tokens stood before, what followed then may follow again: so it
 * is in texts that are rewritten, in code, in answers that quote. It costs some
 * microseconds a token. See lfm2rt_set_drafter(). */
#ifndef LFM2RT_LOOKUP_H
#define LFM2RT_LOOKUP_H

#include "lfm2rt/lfm2rt.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct lfm2rt_lookup lfm2rt_lookup;

/* Bytes that one takes for conversations of up to `tokens` tokens: 12 to 16 for each. */
LFM2RT_API uint64_t lfm2rt_lookup_size(uint32_t tokens);

/* Makes one in `memory` (a multiple of 8, lfm2rt_lookup_size(tokens) long), which
 * stays the caller's. It is for one conversation at a time, and notices where that
 * goes back or is another one. */
LFM2RT_API lfm2rt_lookup *lfm2rt_lookup_create(void *memory, uint32_t tokens);

/* Has the type of lfm2rt_draft_fn; `user` is the lfm2rt_lookup. The longest run of
 * last tokens counts, of at least 3, and among equal ones the latest. Where there is
 * none, what was guessed before goes on, past a token that was another one, while
 * half of the last 8 tokens agree. Tokens beyond those that it was made for are not
 * looked at. */
LFM2RT_API uint32_t lfm2rt_lookup_draft(const int32_t *tokens, uint32_t count, int32_t *guesses,
                                        uint32_t capacity, void *user);

#ifdef __cplusplus
}
#endif
#endif /* LFM2RT_LOOKUP_H */
