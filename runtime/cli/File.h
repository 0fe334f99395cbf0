// A file that is there only when it is whole: written beside, then renamed.
#ifndef LFM2RT_CLI_FILE_H
#define LFM2RT_CLI_FILE_H

#include "runtime/cli/System.h"

namespace lfm2rt {

// Functions return 0, or -errno.
class File {
public:
  File() = default;
  File(const File &) = delete;
  // What was not finished is removed.
  ~File();

  // False when the path is 4096 bytes long or longer. The path has to stay.
  bool name(const char *path);
  int64_t create();
  int64_t write(const void *from, uint64_t bytes) {
    return system::writeAll(file, from, bytes);
  }
  int64_t finish();

  // A handler for system::onEnd(): removes what is not finished.
  static void removeUnfinished(int signal);

private:
  void close();

  const char *path = nullptr;
  // In the same folder; its name is short, as that of the file may have all the
  // bytes that a name may have.
  char beside[4096 + 32];
  // A device or a pipe cannot be replaced; it is written to.
  bool direct = false;
  int64_t file = -1;
  File *next = nullptr; // Of those that are not finished.
};

} // namespace lfm2rt

#endif // LFM2RT_CLI_FILE_H
