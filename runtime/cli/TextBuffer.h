// A text that grows.
#ifndef LFM2RT_CLI_TEXTBUFFER_H
#define LFM2RT_CLI_TEXTBUFFER_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

class TextBuffer {
public:
  const char *data() const { return memory.data(); }
  uint64_t size() const { return used; }
  // There was no memory for some of it since it was cleared.
  bool hasFailed() const { return failed; }
  void fail() { failed = true; }
  void erase(uint64_t from, uint64_t to) {
    memmove(memory.data() + from, memory.data() + to, size_t(used - to));
    used -= to - from;
  }
  void clear() {
    used = 0;
    failed = false;
  }
  void add(const char *text, uint64_t bytes) {
    if (used + bytes > memory.size() &&
        !memory.grow(max(used + bytes, memory.size() * 2))) {
      failed = true;
      return;
    }
    memcpy(memory.data() + used, text, size_t(bytes));
    used += bytes;
  }
  void add(const char *text) { add(text, length(text)); }

  // Have the types of JsonSink and of lfm2rt_text_fn; `user` is the buffer.
  static void sink(const char *text, uint64_t bytes, void *user) {
    static_cast<TextBuffer *>(user)->add(text, bytes);
  }
  static int takeText(const char *text, size_t bytes, void *user) {
    sink(text, bytes, user);
    return 0;
  }

private:
  Buffer memory;
  uint64_t used = 0;
  bool failed = false;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_TEXTBUFFER_H
