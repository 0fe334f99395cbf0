// What the memory of this machine gives.
#ifndef LFM2RT_CLI_PROBE_H
#define LFM2RT_CLI_PROBE_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

// GB/s at which the threads of the session read its weights in the best of some
// ways, each tried once. 0 where a device has them.
double readBandwidth(Session &session);

} // namespace lfm2rt

#endif // LFM2RT_CLI_PROBE_H
