// One answer in the making: what is drawn, what of it is shown, when it ends.
//
// It knows no scheduler: whoever has read the tokens of its context asks it for
// the next one. So a conversation by itself and one of many make answers alike.

#ifndef LFM2C_LIB_ENGINE_GENERATION_H
#define LFM2C_LIB_ENGINE_GENERATION_H

#include "lib/Engine/Context.h"
#include "lib/Engine/Request.h"

namespace lfm2e {

class Generation {
public:
  /// Sets sampling and form of the context, which must outlive it, and which is
  /// to read request.prompt next, or has read it already. Throws Failure.
  Generation(Context &context, Request request);
  ~Generation();
  Generation(const Generation &) = delete;
  Generation &operator=(const Generation &) = delete;

  /// All tokens were read, so there are logits: draws the next one. An event
  /// without `finish` leaves its tokens to be read by the context.
  Event draw();
  /// Ends the answer for another reason: what was held back is shown.
  Event end(Finish finish, const std::string &message = "");

  const Request &request() const;
  uint32_t made() const;

private:
  struct State;
  std::unique_ptr<State> state;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_GENERATION_H
