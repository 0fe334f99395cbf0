// An answer in a conversation: its text, what the model reasons, and calls of
// tools, told apart while it is generated.
#ifndef LFM2RT_CLI_REPLY_H
#define LFM2RT_CLI_REPLY_H

#include "runtime/cli/TextBuffer.h"
#include "runtime/include/lfm2rt/tool_calls.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

class Reply {
public:
  enum class Part : uint8_t { Content, Reasoning, Call };
  // Called with each piece as it comes: calls, whole, as {"name": ...,
  // "arguments": ...}. A result other than 0 ends the answer.
  using Show = int (*)(Part part, Text text, void *user);

  // Behind these ids. `show` may be nullptr, `stops` stay the caller's. False
  // where there is no memory, or no tokenizer.
  bool begin(const Session &session, const int32_t *ids, uint32_t count,
             const lfm2rt_text *stops, uint32_t numStops, Show show, void *user,
             lfm2rt_error &why);
  // Has the type of lfm2rt_token_fn; `user` is the reply.
  static int onToken(int32_t token, void *user);
  void end(); // Whether or not it has begun.

  // A message of the assistant, as OpenAI's interface has it, in place of what
  // `to` has.
  void writeMessage(TextBuffer &to) const;
  // The members of it behind "role", with `content` named so.
  void writeParts(TextBuffer &to, const char *contentName) const;
  bool hasCalls() const { return calls.size(); }
  // So that the model can go on with it.
  bool isText() const { return content.size() && !hasCalls(); }
  bool hasFailed() const {
    return content.hasFailed() || reasoning.hasFailed() || calls.hasFailed();
  }

  uint64_t made = 0;    // Tokens.
  uint64_t firstAt = 0; // When the first came, by system::nanoseconds().

private:
  static int onPart(const lfm2rt_answer_part *part, void *user);
  static int onContent(const char *text, size_t bytes, void *user);
  int addCall(const lfm2rt_answer_part &part);
  int pass(Part part, Text text) { return show ? show(part, text, user) : 0; }

  TextBuffer content, reasoning, calls;
  Buffer memory;
  lfm2rt_answer *answer = nullptr;
  StopStream stream{onContent, this};
  Show show = nullptr;
  void *user = nullptr;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_REPLY_H
