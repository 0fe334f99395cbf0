// Holds back the bytes of a character that is not whole yet: tokens end
// anywhere, also within a character.
#ifndef LFM2RT_SRC_UTF8STREAM_H
#define LFM2RT_SRC_UTF8STREAM_H

#include "runtime/include/lfm2rt/lfm2rt.h"
#include "runtime/tokenizer/tokenizer.h"

namespace lfm2rt {

class Utf8Stream {
public:
  Utf8Stream(lfm2rt_text_fn sink, void *user) : sink(sink), user(user) {}

  // Passes on what is whole. Returns the sink's result, or 0 when it was not
  // called.
  int feed(const char *text, size_t bytes) {
    while (numHeld > 0 && bytes > 0) {
      held[numHeld++] = *text++;
      --bytes;
      // Whole: the character, or bytes that turned out to be none. The last
      // byte may start another.
      uint32_t whole = uint32_t(lfm2_utf8_whole(held, numHeld));
      if (whole == 0)
        continue;
      if (int result = sink(held, whole, user))
        return result;
      numHeld -= whole;
      for (uint32_t i = 0; i < numHeld; ++i)
        held[i] = held[whole + i];
    }
    size_t whole = size_t(lfm2_utf8_whole(text, bytes));
    int result = whole ? sink(text, whole, user) : 0;
    for (size_t i = whole; i < bytes; ++i)
      held[numHeld++] = text[i];
    return result;
  }

  // Passes on the rest, whatever it is.
  int flush() {
    int result = numHeld ? sink(held, numHeld, user) : 0;
    numHeld = 0;
    return result;
  }

private:
  lfm2rt_text_fn sink;
  void *user;
  char held[8];
  uint32_t numHeld = 0; // At most 3 between calls.
};

} // namespace lfm2rt

#endif // LFM2RT_SRC_UTF8STREAM_H
