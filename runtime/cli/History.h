// What was said before, to be said again: in memory, and in a file where one is
// asked for.
#ifndef LFM2RT_CLI_HISTORY_H
#define LFM2RT_CLI_HISTORY_H

#include "runtime/cli/TextBuffer.h"
#include "runtime/json/Value.h"

namespace lfm2rt {

// In the file an entry is a line: ends of lines in it are "\n", a backslash is
// "\\".
class History {
public:
  ~History();
  // Reads the file, and adds to it from now on. Returns 0 or -errno.
  int64_t open(const char *path);
  // Adds an entry, unless it is the last one already, and goes behind it.
  // Returns 0, or -errno where it could not be written.
  int64_t add(Text entry);

  // Whether there is an entry before, or behind, the one that is shown; then
  // that one is.
  bool goBack();
  bool goOn();
  // "" behind the last one.
  Text shown() const;

private:
  Text entryAt(uint64_t start) const;
  // Of the entry before that at `start`.
  uint64_t startBefore(uint64_t start) const;

  TextBuffer entries; // Each with a 0 behind it.
  uint64_t at = 0;    // Of the one that is shown.
  int64_t file = -1;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_HISTORY_H
