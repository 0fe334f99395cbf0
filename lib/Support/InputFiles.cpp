#include "lib/Support/InputFiles.h"
#include "lib/Support/Error.h"
#include <sys/stat.h>

using namespace lfm2c;

static thread_local InputFiles *youngest = nullptr;

InputFiles::InputFiles() : outer(youngest) { youngest = this; }

InputFiles::~InputFiles() { youngest = outer; }

void InputFiles::note(llvm::StringRef path, dev_t device, ino_t inode) {
  if (youngest)
    youngest->paths.try_emplace({device, inode}, path.str());
}

llvm::Error InputFiles::checkNotRead(llvm::StringRef path) {
  struct stat status;
  if (!youngest || stat(path.str().c_str(), &status) != 0)
    return llvm::Error::success();
  auto found = youngest->paths.find({status.st_dev, status.st_ino});
  if (found == youngest->paths.end())
    return llvm::Error::success();
  return makeError("the output {0} would replace {1}, which was read; name "
                   "another file",
                   path, found->second);
}
