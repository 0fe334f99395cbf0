#include "lib/Support/InputFiles.h"
#include "lib/Support/Error.h"
#include <algorithm>
#include <sys/stat.h>

using namespace lfm2c;

static thread_local InputFiles *youngest = nullptr;

InputFiles::InputFiles() : outer(youngest) { youngest = this; }

InputFiles::~InputFiles() { youngest = outer; }

void InputFiles::note(llvm::StringRef path, const struct stat &status) {
  if (youngest)
    youngest->files.try_emplace(
        {status.st_dev, status.st_ino},
        File{path.str(), status.st_size, status.st_mtim});
}

llvm::Error InputFiles::checkUnchanged() {
  if (!youngest)
    return llvm::Error::success();
  for (const auto &[identity, file] : youngest->files) {
    struct stat now;
    if (stat(file.path.c_str(), &now) != 0)
      continue;
    if (identity != std::pair(now.st_dev, now.st_ino) ||
        now.st_size != file.size || now.st_mtim.tv_sec != file.changed.tv_sec ||
        now.st_mtim.tv_nsec != file.changed.tv_nsec)
      return makeError("{0} changed while it was read; run again when it is "
                       "whole",
                       file.path);
  }
  return llvm::Error::success();
}

std::vector<std::string> InputFiles::list() {
  std::vector<std::string> paths;
  if (youngest)
    for (const auto &[identity, file] : youngest->files)
      paths.push_back(file.path);
  std::sort(paths.begin(), paths.end());
  return paths;
}

llvm::Error InputFiles::checkNotRead(llvm::StringRef path) {
  struct stat status;
  if (!youngest || stat(path.str().c_str(), &status) != 0)
    return llvm::Error::success();
  auto found = youngest->files.find({status.st_dev, status.st_ino});
  if (found == youngest->files.end())
    return llvm::Error::success();
  return makeError("the output {0} would replace {1}, which was read; name "
                   "another file",
                   path, found->second.path);
}
