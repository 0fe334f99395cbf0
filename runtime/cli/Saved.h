// A conversation in a file: the state of a context and, behind it, the
// messages.
#ifndef LFM2RT_CLI_SAVED_H
#define LFM2RT_CLI_SAVED_H

#include "runtime/cli/Session.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

// Both say what is wrong and return the exit status. `messages` is a list in
// JSON, or has no bytes.
int saveState(Session &session, const char *path, Text messages);
// The messages lie in `memory`. The context stays as it was where that fails.
int loadState(Session &session, const char *path, Buffer &memory,
              Text &messages);

} // namespace lfm2rt

#endif // LFM2RT_CLI_SAVED_H
