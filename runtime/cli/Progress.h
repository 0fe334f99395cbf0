// One line on standard error, where that is a screen, which is written over.
#ifndef LFM2RT_CLI_PROGRESS_H
#define LFM2RT_CLI_PROGRESS_H

#include "runtime/cli/Output.h"

namespace lfm2rt {

class Progress {
public:
  explicit Progress(bool shown) : shown(shown && system::isScreen(2)) {}
  Progress(const Progress &) = delete;
  ~Progress() { clear(); }

  // Whether it is time for another line: five times a second.
  bool isDue() {
    uint64_t now = system::nanoseconds();
    if (!shown || now < next)
      return false;
    next = now + 200000000;
    return true;
  }
  void show(const char *line) {
    write("\r\033[K");
    write(line);
    any = true;
  }
  // Others may write again.
  void clear() {
    if (any)
      write("\r\033[K");
    any = false;
  }

private:
  static void write(const char *text) {
    system::writeAll(2, text, length(text));
  }
  bool shown, any = false;
  uint64_t next = 0;
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_PROGRESS_H
