// Where a request ends: said once, and so that everybody reads it the same.

#ifndef LFM2C_TOOLS_LFM2_SERVE_FRAMING_H
#define LFM2C_TOOLS_LFM2_SERVE_FRAMING_H

#include "tools/lfm2-serve/Refusal.h"
#include <httplib.h>

namespace lfm2s {

/// A body is announced, whatever the method.
bool announcesBody(const httplib::Request &request);

/// Refuses a request whose length is told twice, is no number, is more than
/// `most` bytes, or is not told where there must be a body. Of two readings of
/// one request, as a proxy's and ours, the rest of the shorter one would be
/// taken for the next request.
void checkFraming(const httplib::Request &request, uint64_t most);

/// Of a body of more than `most` bytes.
Refusal longBody(uint64_t most);

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_FRAMING_H
