// From a conversation to its text.
#ifndef LFM2RT_CHAT_RENDER_H
#define LFM2RT_CHAT_RENDER_H

#include "lfm2rt/chat.h"
#include "runtime/json/Arena.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {

// A text, and the places of it in which no control token may have a part.
struct Rendered {
  char *text = nullptr;
  uint64_t bytes = 0;
  lfm2_tokenizer_span *foreign = nullptr;
  uint64_t numForeign = 0;
};

// What the template of a section makes of a conversation, in the arena.
lfm2rt_status render(const void *section, uint64_t sectionBytes,
                     const lfm2rt_conversation &given, Arena &arena,
                     Rendered &rendered, lfm2rt_error *error);

// The status; where it is that memory was too little, says how much to try with
// next.
lfm2rt_status withNeeded(lfm2rt_status status, const Arena &arena,
                         uint64_t given, lfm2rt_error *error);

} // namespace lfm2rt

#endif // LFM2RT_CHAT_RENDER_H
