#include "runtime/cli/File.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

File::~File() {
  if (file < 0)
    return;
  close();
  if (!direct)
    system::remove(beside);
}

bool File::name(const char *to) {
  path = to;
  if (length(path) >= 4096)
    return false;
  direct = system::isSpecial(path);
  Message name(beside, sizeof(beside));
  name << path;
  if (!direct)
    name << ".tmp." << system::processId();
  return true;
}

int64_t File::create() {
  file = system::create(beside);
  return min(file, int64_t(0));
}

int64_t File::finish() {
  close();
  int64_t failed = direct ? 0 : system::rename(beside, path);
  if (failed < 0)
    system::remove(beside);
  return failed;
}

void File::close() {
  platform::closeFile(file);
  file = -1;
}

} // namespace lfm2rt
