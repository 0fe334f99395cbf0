// What a line of --jsonl or the file of --messages asks for.
#ifndef LFM2RT_CLI_REQUEST_H
#define LFM2RT_CLI_REQUEST_H

#include "runtime/cli/Session.h"
#include "runtime/json/Reader.h"

namespace lfm2rt {

// In the order of their table.
enum RequestField : uint8_t {
  RequestId,
  RequestPrompt, // One of these four.
  RequestTokens,
  RequestMessages,
  RequestTools,
  RequestStop,
  RequestMost, // New tokens.
  RequestSeed,
  RequestTopK,
  RequestTemperature,
  RequestTopP,
  RequestMinP,
  RequestPenalty,
  RequestFrequency,
  RequestPresence,
  numRequestFields,
};

struct Request {
  const Value *values[numRequestFields]; // nullptr where there is none.
  const Value *operator[](RequestField field) const { return values[field]; }
};

// False where the text is none, and `why` says so. Values stay in `text` and in
// `memory`. A list is one of messages.
bool readRequest(Request &request, Text text, Buffer &memory, Line &why);

// The texts that end an answer; those of the command line where `request` has
// none.
struct Stops {
  static constexpr uint32_t most = 16;
  const lfm2rt_text *texts;
  uint32_t count;
  lfm2rt_text own[most];
};
void readStops(Stops &stops, const Request &request, const Session &session);

// "a text", or the number that it is.
Line &describe(Line &line, const Value &value);

// The values of the command line, and instead of these what the request has.
// The seed is `seed` where it has none.
lfm2rt_sampling samplingOf(const Request &request, const Session &session,
                           uint32_t seed);

} // namespace lfm2rt

#endif // LFM2RT_CLI_REQUEST_H
