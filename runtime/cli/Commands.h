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

// Prints the text of tokens, or their ids.
class Printer {
public:
  // `prompt`: what is printed answers it; nullptr: nothing that has an opening.
  Printer(Session &session, bool ids, const Prompt *prompt = nullptr)
      : session(session), ids(ids), prompt(prompt),
        stream(write, &session.output) {}
  // Has the type of lfm2rt_token_fn; `user` is the printer.
  static int onToken(int32_t token, void *user);
  void finish();

private:
  static int write(const char *text, size_t bytes, void *output);
  Session &session;
  bool ids;
  const Prompt *prompt; // Until its opening is printed.
  Utf8Stream stream;
  bool any = false;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_COMMANDS_H
