// Lines of a file, a pipe or a terminal, without their ends, which are \n or
// \r\n.
#ifndef LFM2RT_CLI_LINEREADER_H
#define LFM2RT_CLI_LINEREADER_H

#include "runtime/cli/Session.h"

namespace lfm2rt {

class LineReader {
public:
  explicit LineReader(int64_t file) : file(file) {}

  static constexpr int64_t notYet = 2;
  // 1 where there is a line, 0 at the end of the input, or -errno: what came of
  // the line before is dropped. Without `waits`, `notYet` where the line has
  // not all come.
  int64_t read(bool waits = true) {
    if (isWhole)
      bytes = 0;
    int64_t got = notYet;
    while (got == notYet && (waits || at < filled || system::isReady(file)))
      got = at < filled ? take() : fill();
    isWhole = got != notYet;
    if (got < 0)
      bytes = 0;
    else if (isWhole && bytes > 0 && line.data()[bytes - 1] == '\r')
      --bytes;
    return got;
  }

  // The line, until the next is read.
  const char *data() const { return line.data(); }
  uint64_t size() const { return bytes; }

private:
  int64_t fill() {
    int64_t n = system::readSome(file, buffer, sizeof(buffer));
    if (n == 0)
      return bytes > 0; // The last line has no end.
    at = 0;
    filled = uint64_t(max(n, int64_t(0)));
    return n < 0 ? n : notYet;
  }
  int64_t take() {
    while (at < filled) {
      char c = buffer[at++];
      if (c == '\n')
        return 1;
      if (bytes == line.size() && !line.grow(max(bytes * 2, uint64_t(4096))))
        return system::outOfMemory;
      line.data()[bytes++] = c;
    }
    return notYet;
  }

  int64_t file;
  Buffer line;
  uint64_t bytes = 0;
  bool isWhole = false;
  char buffer[4096];
  uint64_t at = 0, filled = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_LINEREADER_H
