// The memory of a template that runs: an arena of which nothing is given back,
// and what ends the run.
#ifndef LFM2RT_CHAT_HEAP_H
#define LFM2RT_CHAT_HEAP_H

#include "runtime/chat/Letters.h"
#include "runtime/chat/Values.h"
#include "runtime/json/Arena.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

class Heap {
public:
  Heap(Arena &arena, lfm2rt_error *error) : arena(arena), error(error) {}

  // nullptr where it is full; the run then ends. Of `count` elements of T.
  template <typename T> T *take(uint64_t count) {
    return static_cast<T *>(takeBytes(count * sizeof(T), 8));
  }
  void *takeBytes(uint64_t bytes, uint64_t alignment);

  // Ends the run: the message has what was expected, then `detail` in quotes
  // where it is given, then `more`. The first one stays.
  Value fail(const char *what, Text detail = {}, const char *more = "");
  // Where the value has another kind than a caller wants.
  Value expected(const char *what, const Value &found);
  bool ended() const { return status != LFM2RT_OK; }

  // Counts what is done against the most that a run may do.
  void count(uint64_t steps);

  lfm2rt_status status = LFM2RT_OK;
  uint32_t line = 0; // Of the template, 0 outside of it.

private:
  Arena &arena;
  lfm2rt_error *error;
  uint64_t steps = 0;
};

// A text that is put together. Nothing else takes memory meanwhile.
class TextBuilder {
public:
  explicit TextBuilder(Heap &heap) : heap(heap) {}

  void put(Text text);
  void put(const char *text) { put({text, uint32_t(length(text))}); }
  void put(char c) { put({&c, 1}); }
  // A character, which is foreign only if it is ASCII.
  void putLetter(uint32_t code, bool foreign);
  Text finish() const { return {start ? start : "", bytes}; }
  Value value() const { return makeString(finish()); }

private:
  Heap &heap;
  const char *start = nullptr;
  uint32_t bytes = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_CHAT_HEAP_H
