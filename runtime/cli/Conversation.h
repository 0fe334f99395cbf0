// What was said so far, as JSON, and what the model's chat template makes of
// it.
#ifndef LFM2RT_CLI_CONVERSATION_H
#define LFM2RT_CLI_CONVERSATION_H

#include "runtime/cli/TextBuffer.h"
#include "runtime/include/lfm2rt/chat.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

class Conversation {
public:
  explicit Conversation(const Session &session) : session(session) {}

  // All but the tools is gone; the system text is that of the command line.
  void clear();
  // All but tools and system text is gone.
  void reset() { keep(0); }
  // "" for none.
  void setSystem(Text content);
  // The tools, a list in JSON; nullptr: those of --tools.
  void setTools(const Value *tools);
  Text toolList() const { return {tools.data(), uint32_t(tools.size())}; }
  // Of "user" and the like.
  void add(const char *role, Text content);
  void addAll(const Value *messages); // A list, or nullptr.
  // All of a list in JSON, whose values lie in `memory`. False, and `why`,
  // where it is none.
  bool addAll(Text list, Buffer &memory, Line &why);
  // A message in JSON of the assistant.
  void addAnswer(const TextBuffer &message);

  // Messages, without a system text and those that are left out.
  uint32_t size() const { return count - first; }
  void pop() { keep(count - 1); } // The last message.
  // What the user said last, and all behind it, is gone. False where nothing
  // was.
  bool undo();
  // The oldest message of the user, and all up to the next one, are left out.
  // False where there is no next one.
  bool leaveOut();
  uint32_t leftOut() const { return first; }
  void leaveOut(uint32_t messages) { first = messages; }

  // The list of messages, until the next call.
  Text messages();
  // What the template prints, or its ids, until the next call. `flags` are
  // LFM2RT_CHAT_*. False, and `why`, where it prints nothing.
  bool render(Text &text, lfm2rt_error &why);
  bool encode(uint32_t flags, const int32_t **ids, uint32_t *count,
              lfm2rt_error &why);

private:
  // Where a message begins in `list`, and whether the user says it.
  struct Start {
    uint64_t at;
    bool isUser;
  };
  Start *starts() const { return reinterpret_cast<Start *>(places.data()); }
  void add(const Value &message);
  void begin(bool isUser);
  void keep(uint32_t messages); // So many.
  uint32_t nextUser(uint32_t from) const;
  // What the template made.
  struct Made {
    const char *text;
    const int32_t *ids;
    uint64_t count; // Of bytes, or of ids.
  };
  lfm2rt_status run(Made &made, bool asIds, uint32_t flags, lfm2rt_error &why);

  const Session &session;
  TextBuffer system, list, tools, json;
  Buffer places, work;
  uint32_t count = 0, first = 0; // Those before the first are left out.
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_CONVERSATION_H
