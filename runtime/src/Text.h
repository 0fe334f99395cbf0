// From what an application or a user says to the tokens that the model reads.
#ifndef LFM2RT_SRC_TEXT_H
#define LFM2RT_SRC_TEXT_H

#include "runtime/src/Context.h"
#include "runtime/src/StopStream.h"

namespace lfm2rt {

struct Prompt {
  const int32_t *ids; // In the work memory.
  uint32_t count;
  // The first id is the stop token that the context still has to read.
  bool closesTurn;
  // How many of the last ids open the answer behind the assistant's name, as
  // with "<think>": its reader needs them, too.
  uint32_t opening;
};

lfm2rt_status makePrompt(Prompt &prompt, const lfm2rt_context &context,
                         const char *text, size_t length, uint32_t flags,
                         void *work, uint64_t workBytes, lfm2rt_error *error);

// The text of a token that was generated; of one that steers, nothing. Before
// the first one, that of the ids that open the answer to `prompt`, which is
// nullptr from then on. Returns what the stream does.
int feedToken(StopStream &stream, const lfm2rt_weights &weights,
              const Prompt *&prompt, int32_t token);

} // namespace lfm2rt

#endif // LFM2RT_SRC_TEXT_H
