#include "runtime/cli/File.h"
#include "runtime/src/Message.h"

namespace lfm2rt {

// What a signal handler can reach.
static File *unfinished = nullptr;

File::~File() {
  if (file < 0)
    return;
  if (!direct)
    system::remove(beside);
  close();
}

bool File::name(const char *to) {
  path = to;
  if (length(path) >= 4096)
    return false;
  direct = system::isSpecial(path);
  Message name(beside, sizeof(beside));
  if (direct)
    name << path;
  else
    name.write(path, system::folderBytes(path))
        << ".lfm2." << system::process() << "." << system::randomSeed();
  return true;
}

int64_t File::create() {
  next = unfinished;
  store(&unfinished, this);
  file = system::create(beside);
  int64_t failed = min(file, int64_t(0));
  if (failed)
    close();
  return failed;
}

int64_t File::finish() {
  int64_t failed = direct ? 0 : system::rename(beside, path);
  if (failed < 0)
    system::remove(beside);
  close();
  return failed;
}

void File::close() {
  if (file >= 0)
    platform::closeFile(file);
  file = -1;
  // They are finished in any order.
  File **at = &unfinished;
  while (*at != this)
    at = &(*at)->next;
  store(at, next);
}

void File::removeUnfinished(int signal) {
  for (File *file = load(&unfinished); file; file = file->next)
    if (!file->direct)
      system::remove(file->beside);
  system::endBy(signal);
}

} // namespace lfm2rt
