// Ends a text where one of some stop texts has been written, which may begin
// and end within any tokens. What may be the beginning of one is held back
// until it is known; the rest goes on as whole characters.
#ifndef LFM2RT_SRC_STOPSTREAM_H
#define LFM2RT_SRC_STOPSTREAM_H

#include "runtime/src/Utf8Stream.h"

namespace lfm2rt {

class StopStream {
public:
  // The texts stay the caller's. Those without bytes stop nothing.
  StopStream(lfm2rt_text_fn sink, void *user,
             const lfm2rt_text *stops = nullptr, uint32_t count = 0)
      : characters(sink, user), stops(stops), count(count) {}

  // Returns the sink's result, or 1 where a stop text ends all. A byte takes
  // some comparisons for each byte of all stop texts, at most.
  int feed(const char *text, size_t bytes);
  // What no stop text is looked for in. Nothing is held back when it comes.
  int pass(const char *text, size_t bytes) {
    return characters.feed(text, bytes);
  }
  // Passes on what is held back, unless a stop text ended all, and begins anew.
  int flush();

  // Which stop text ended all; -1: none.
  int32_t stoppedBy() const { return stopped; }

private:
  // Of what was held back and one byte more, holds back the longest end that a
  // stop text begins with.
  void advance(char next);
  // The longest stop text that what is held back ends with.
  int32_t findEnd() const;

  Utf8Stream characters;
  const lfm2rt_text *stops;
  uint32_t count;
  // What is held back are the first bytes of a stop text.
  uint32_t held = 0;
  size_t length = 0;
  int32_t stopped = -1;
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_STOPSTREAM_H
