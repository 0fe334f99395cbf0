// What is generated, as text or as ids.
#include "runtime/cli/Commands.h"

namespace lfm2rt {

int Printer::write(const char *text, size_t bytes, void *user) {
  auto &printer = *static_cast<Printer *>(user);
  return printer.what == What::Text &&
         !printer.session.output.write(text, bytes);
}

void Printer::writeId(int32_t token) {
  Line line;
  session.output.write(line << (any ? "," : "") << token);
  any = true;
}

int Printer::onToken(int32_t token, void *user) {
  auto &printer = *static_cast<Printer *>(user);
  if (printer.what == What::Ids)
    printer.writeId(token);
  if (printer.what == What::Logprobs)
    printer.writeLogprobs(token);
  int ended =
      feedToken(printer.stream, printer.session.weights, printer.prompt, token);
  return ended || printer.session.output.hasFailed();
}

void Printer::finish() {
  stream.flush();
  if (!session.output.atLineStart())
    session.output.write("\n");
}

} // namespace lfm2rt
