// Shows the parts of an answer as they come: what the model reasons is dim on a
// screen, and elsewhere between <think> and </think>; a call of a tool is a
// line of JSON.
#ifndef LFM2RT_CLI_SPEAKER_H
#define LFM2RT_CLI_SPEAKER_H

#include "runtime/cli/Reply.h"

namespace lfm2rt {

class Speaker {
public:
  explicit Speaker(Output &output)
      : output(output), isScreen(system::isScreen(1)) {}

  // Has the type of Reply::Show; `user` is the speaker.
  static int show(Reply::Part part, Text text, void *user) {
    return static_cast<Speaker *>(user)->write(part, text);
  }
  // The answer is over: a line is, too.
  void finish();

private:
  int write(Reply::Part part, Text text);
  void endReasoning();

  Output &output;
  bool isScreen, reasons = false;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_SPEAKER_H
