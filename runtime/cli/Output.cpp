#include "runtime/cli/Output.h"

namespace lfm2rt {

Line &Line::operator<<(Quoted quoted) {
  constexpr size_t most = 200;
  message << "'";
  size_t bytes = 0;
  while (quoted.text[bytes] && bytes < most)
    ++bytes;
  message.write(quoted.text, bytes) << (quoted.text[bytes] ? "...'" : "'");
  return *this;
}

Output::Output(const char *path) : program(path) {
  for (const char *c = path; *c; ++c)
    if (*c == '/' && c[1])
      program = c + 1;
  // A name of a file has at most 255 bytes; one given otherwise may have more.
  if (length(program) > 255)
    program = "program";
}

bool Output::write(const char *text, uint64_t bytes) {
  if (error == 0 && bytes > 0) {
    error = system::writeAll(1, text, bytes);
    lineStart = text[bytes - 1] == '\n';
  }
  return error == 0;
}

void Output::note(const char *message) {
  // Both parts are shorter than this together: the end of the line is there.
  char line[2048];
  Message(line, sizeof(line)) << program << ": " << message << "\n";
  // A name may hold anything, and is shown in this one line.
  for (size_t i = 0; i + 1 < length(line); ++i)
    if (uint8_t(line[i]) < ' ')
      line[i] = '?';
  system::writeAll(2, line, length(line));
}

int Output::fail(const char *message, int status) {
  note(message);
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
