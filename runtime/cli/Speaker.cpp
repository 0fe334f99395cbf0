#include "runtime/cli/Speaker.h"

namespace lfm2rt {

void Speaker::endReasoning() {
  if (!reasons)
    return;
  reasons = false;
  // What steers the terminal is no end of a line.
  if (isScreen)
    system::writeAll(1, "\033[0m", 4);
  else
    output.write("</think>");
  if (!output.atLineStart())
    output.write("\n");
}

int Speaker::write(Reply::Part part, Text text) {
  if (part != Reply::Part::Reasoning)
    endReasoning();
  else if (!reasons && isScreen)
    system::writeAll(1, "\033[2m", 4);
  else if (!reasons)
    output.write("<think>");
  reasons = part == Reply::Part::Reasoning;
  bool isCall = part == Reply::Part::Call;
  if (isCall && !output.atLineStart())
    output.write("\n");
  output.write(text.at, text.bytes);
  if (isCall)
    output.write("\n");
  return output.hasFailed();
}

void Speaker::finish() {
  endReasoning();
  if (!output.atLineStart())
    output.write("\n");
}

} // namespace lfm2rt
