// An answer, from its reader's side.

#ifndef LFM2C_LIB_ENGINE_STREAM_H
#define LFM2C_LIB_ENGINE_STREAM_H

#include "lib/Engine/Request.h"
#include <chrono>

namespace lfm2e {

/// The answer to a request, while it comes. Belongs to one thread at a time,
/// except cancel().
class Stream {
public:
  virtual ~Stream() = default;
  /// Waits for the next event. False where none came in time, and behind the
  /// last.
  virtual bool next(Event &event, std::chrono::milliseconds patience) = 0;
  /// Waits as long as it takes. False behind the last event.
  virtual bool next(Event &event) = 0;
  /// The answer ends with Finish::Cancelled, unless it has ended. Any thread. A
  /// stream that is destroyed is cancelled.
  virtual void cancel() = 0;
  /// So far; final behind the last event.
  virtual Usage usage() const = 0;
};

} // namespace lfm2e

#endif // LFM2C_LIB_ENGINE_STREAM_H
