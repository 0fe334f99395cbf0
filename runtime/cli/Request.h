// What a line of --jsonl asks for.
#ifndef LFM2RT_CLI_REQUEST_H
#define LFM2RT_CLI_REQUEST_H

#include "runtime/cli/Session.h"
#include "runtime/json/Reader.h"

namespace lfm2rt {

// Values are nullptr where the line has none.
struct Request {
  const Value *id;
  const Value *prompt, *tokens; // One of these.
  const Value *most;            // New tokens.
  const Value *seed, *temperature, *topK, *topP, *minP, *penalty;
};

// False where the line is none, and `why` says so. Values stay in `line` and
// `arena`, whose memory is `memory`.
bool readRequest(Request &request, Text line, Buffer &memory, Line &why);

// "a text", or the number that it is.
Line &describe(Line &line, const Value &value);

// The values of the command line, and instead of these what the line has.
lfm2rt_sampling samplingOf(const Request &request, const Session &session);

} // namespace lfm2rt

#endif // LFM2RT_CLI_REQUEST_H
