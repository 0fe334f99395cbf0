// One of the conversations that answer lines of --jsonl: from a line to the
// line that answers it.
#ifndef LFM2RT_CLI_SLOT_H
#define LFM2RT_CLI_SLOT_H

#include "runtime/cli/Conversation.h"
#include "runtime/cli/Form.h"
#include "runtime/cli/Reply.h"
#include "runtime/cli/Request.h"

namespace lfm2rt {

// The line that answers one; the slot's until it is whole.
struct Answer {
  TextBuffer text;
  bool isWhole = false, hasFailed = false;
};

class Slot {
public:
  // With the form that all answers have.
  Slot(const Session &session, const Form &form, Vocabulary &vocabulary)
      : form(form), vocabulary(vocabulary), talk(session) {}
  ~Slot();

  // Makes its context. False where there is no room for it: `error` says why.
  bool open(Session &session, const lfm2rt_context_options &options,
            lfm2rt_error &error);
  bool isOpen() const { return context; }
  bool isFree() const { return !result; }

  // Takes line `number`; `result` gets the answer.
  void begin(Session &session, uint64_t number, uint32_t seed, const char *text,
             uint64_t bytes, Answer &result);
  // What it wants of the next step, and what to do behind it.
  lfm2rt_turn turn() const { return {context, tokens, left, 0}; }
  void goOn(Session &session, uint32_t read);

  // Tokens that its context has at most when the line is answered.
  uint32_t mostTokens() const {
    uint64_t room = lfm2rt_capacity(context);
    return uint32_t(min(prompt.count + min(most, room), room));
  }
  void giveBack() { result = nullptr; } // As if it had not begun.

  uint64_t made = 0;     // Tokens, so far.
  uint64_t reserved = 0; // Bytes that are counted for it.

private:
  bool prepare(Session &session, uint32_t seed, Text text, Line &why);
  bool readTalk(Line &why);
  bool takeForm(const Session &session, lfm2rt_error &error);
  bool readText(Session &session, Line &why);
  bool readIds(Session &session, Line &why);
  void finish(const char *reason, bool asIds);
  void refuse(const char *why);
  TextBuffer &start();
  void end(TextBuffer &text, bool hasFailed);

  const Form &form;
  Vocabulary &vocabulary;
  Form ownForm; // Of the tools of a line.
  bool isBound = false;
  lfm2rt_context *context = nullptr;
  uint64_t contextBytes = 0;
  Buffer line, values, work;
  TextBuffer answer;
  Answer *result = nullptr; // nullptr: nothing to do.
  Request request;
  Prompt prompt;
  const Prompt *opening = nullptr; // Until its opening is in the answer.
  StopStream stream{TextBuffer::takeText, &answer};
  Stops stops;
  // Where it is a conversation.
  Conversation talk;
  Reply reply;
  bool converses = false;
  Constraint constraint;
  uint64_t number = 0;             // Of the line, from 1.
  const int32_t *tokens = nullptr; // To be read.
  int32_t chosen = 0;
  uint32_t left = 0;
  uint64_t most = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_SLOT_H
