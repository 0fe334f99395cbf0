// --profile: a table on standard error, and a trace.
#ifndef LFM2RT_CLI_PROFILE_H
#define LFM2RT_CLI_PROFILE_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

// Measures all steps of the session's context from now on, in `memory`, and
// makes the trace's file where one is asked for. Prints why it cannot and
// returns false.
bool startProfile(Session &session, Buffer &memory);
// Returns the exit status.
int reportProfile(Session &session);

} // namespace lfm2rt

#endif // LFM2RT_CLI_PROFILE_H
