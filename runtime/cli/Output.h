// What goes to standard output, and the one line that a failure gets.
#ifndef LFM2RT_CLI_OUTPUT_H
#define LFM2RT_CLI_OUTPUT_H

#include "runtime/cli/System.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

class Output {
public:
  explicit Output(const char *program);

  // To standard output, at once: a reader sees each token when it is there.
  // False from the first failure on, which is reported by finish().
  bool write(const char *text, uint64_t bytes);
  bool write(const char *text) { return write(text, length(text)); }
  bool hasFailed() const { return error != 0; }
  // The last byte written was the end of a line, or nothing was written.
  bool atLineStart() const { return lineStart; }
  // Somebody typed the end of the line.
  void lineEnded() { lineStart = true; }

  // "program: message" as a line on standard error.
  void note(const char *message);
  // The same of a failure. Returns `status`.
  int fail(const char *message, int status = 1);
  int fail(const lfm2rt_error &error);
  // Prints why writing failed, if it did. Returns the exit status.
  int finish();

private:
  const char *program;
  int64_t error = 0;
  bool lineStart = true;
};

// What a user wrote, in a message: shortened.
struct Quoted {
  const char *text;
};

// A message put together in place: fail(Line() << "expected " << n).
class Line {
public:
  Line() : message(buffer, sizeof(buffer)) {}
  Line(const Line &) = delete; // The copy would write into the first.
  template <typename T> Line &operator<<(T value) {
    message << value;
    return *this;
  }
  Line &operator<<(Quoted quoted);
  void add(const char *text, size_t bytes) { message.write(text, bytes); }
  operator const char *() const { return buffer; }

private:
  char buffer[1024];
  Message message;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_OUTPUT_H
