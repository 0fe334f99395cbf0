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

  // False when the path is 4096 bytes long or longer.
  bool name(const char *path);
  int64_t create();
  int64_t write(const void *from, uint64_t bytes) {
    return system::writeAll(file, from, bytes);
  }
  int64_t finish();

private:
  void close();

  const char *path = nullptr;
  char beside[4096 + 32];
  // A device or a pipe cannot be replaced; it is written to.
  bool direct = false;
  int64_t file = -1;
};

} // namespace lfm2rt

#endif
