// An assistant's message, put together from the events of its answer.

#ifndef LFM2C_TOOLS_LFM2_SERVE_MESSAGE_H
#define LFM2C_TOOLS_LFM2_SERVE_MESSAGE_H

#include "lib/Engine/Request.h"
#include "tools/lfm2-serve/Json.h"

namespace lfm2s {

struct Call {
  std::string id, name, arguments; /// Arguments are JSON, maybe not whole.
};

/// Appends those of an event, but for the one that ends the answer.
void addTokens(const lfm2e::Event &event, std::vector<lfm2e::Drawn> &tokens);

class Message {
public:
  void add(const lfm2e::Event &event);

  std::string content, reasoning;
  std::vector<Call> calls;
  std::vector<lfm2e::Drawn> tokens; /// But for the one that ends it.
  lfm2e::Finish finish = lfm2e::Finish::None;
};

} // namespace lfm2s

#endif // LFM2C_TOOLS_LFM2_SERVE_MESSAGE_H
