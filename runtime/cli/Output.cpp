#include "runtime/cli/Output.h"

namespace lfm2rt {

Output::Output(const char *path) : program(path) {
  for (const char *c = path; *c; ++c)
    if (*c == '/' && c[1])
      program = c + 1;
}

bool Output::write(const char *text, uint64_t bytes) {
  if (error == 0 && bytes > 0) {
    error = system::writeAll(1, text, bytes);
    lineStart = text[bytes - 1] == '\n';
  }
  return error == 0;
}

int Output::fail(const char *message, int status) {
  Line line;
  line << program << ": " << message << "\n";
  system::writeAll(2, line, length(line));
  return status;
}

int Output::fail(const lfm2rt_error &failure) { return fail(failure.message); }

int Output::finish() {
  if (error == 0)
    return 0;
  return fail(Line() << "cannot write to standard output: "
                     << system::errorText(error));
}

} // namespace lfm2rt
