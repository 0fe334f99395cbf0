// A conversation as its template sees it.
#ifndef LFM2RT_CHAT_CONVERSATION_H
#define LFM2RT_CHAT_CONVERSATION_H

#include "lfm2rt/chat.h"
#include "runtime/chat/Machine.h"

namespace lfm2rt {

// Stands behind the content that is to be continued: a foreign character that
// no text has, and white space, as transformers does it.
constexpr char endOfContent[] = "\xc1\xbf ";

// Reads the JSON, brings messages to the form that transformers gives them, and
// makes foreign what is not the assistant's.
class Conversation {
public:
  Conversation(Heap &heap, Arena &arena, const Template &form,
               const lfm2rt_conversation &given)
      : heap(heap), arena(arena), form(form), given(given) {}

  // The run ends where something is wrong.
  Surroundings prepare();

private:
  Value read(const char *name, const char *text, uint64_t bytes, Kind kind);
  Value message(const Value &said, uint32_t number);
  void readArguments(const Value &calls);
  Value foreign(const Value &value);
  void markEnd(const Value &said);

  Heap &heap;
  Arena &arena;
  const Template &form;
  const lfm2rt_conversation &given;
};

} // namespace lfm2rt

#endif // LFM2RT_CHAT_CONVERSATION_H
