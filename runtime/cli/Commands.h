// The commands of the command line. Each returns the exit status.
#ifndef LFM2RT_CLI_COMMANDS_H
#define LFM2RT_CLI_COMMANDS_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

int complete(Session &session);
int chat(Session &session);
int jsonl(Session &session);
int tokenize(Session &session);
int detokenize(Session &session);
// `started` is when the process began, by system::nanoseconds().
int bench(Session &session, uint64_t started);
int benchTexts(Session &session, uint64_t started); // Of a bidirectional model.
// Writes the files that --logits and --hidden ask for.
int writeRows(Session &session, const Prompt &prompt);

// Prints the text of tokens, or their ids, or how probable they were.
class Printer {
public:
  enum class What : uint8_t { Text, Ids, Logprobs };

  // `prompt`: what is printed answers it; nullptr: nothing that has an opening.
  Printer(Session &session, What what, const Prompt *prompt = nullptr)
      : session(session), what(what), prompt(prompt),
        stream(write, this, session.stops, session.options.stop.count) {}
  // Has the type of lfm2rt_token_fn; `user` is the printer.
  static int onToken(int32_t token, void *user);
  void finish();

private:
  static int write(const char *text, size_t bytes, void *printer);
  void writeId(int32_t token);
  void writeLogprobs(int32_t token);

  Session &session;
  What what;
  const Prompt *prompt; // Until its opening is printed.
  StopStream stream;
  bool any = false;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_COMMANDS_H
