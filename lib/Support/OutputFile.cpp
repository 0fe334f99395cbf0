#include "lib/Support/OutputFile.h"
#include "lib/Support/Error.h"
#include "lib/Support/InputFiles.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

using namespace lfm2c;

/// Of the next temporary file of this process.
static std::atomic<unsigned> fileNumber = 0;

static llvm::Error cannotWrite(llvm::StringRef path, llvm::StringRef why) {
  return makeError("cannot write {0}: {1}", path, why);
}

llvm::Error OutputFile::checkPlace(llvm::StringRef path) {
  const std::string name = path.str();
  struct stat status;
  if (stat(name.c_str(), &status) == 0) {
    if (S_ISDIR(status.st_mode))
      return cannotWrite(path, "it is a directory; name a file");
    // Renaming onto a device would replace it.
    if (!S_ISREG(status.st_mode))
      return cannotWrite(path, "it is no regular file; name a file");
    if (llvm::Error error = InputFiles::checkNotRead(path))
      return error;
  } else if (errno != ENOENT) {
    return cannotWrite(path, strerror(errno));
  }
  std::string folder = llvm::sys::path::parent_path(path).str();
  if (folder.empty())
    folder = ".";
  if (access(folder.c_str(), F_OK) != 0)
    return cannotWrite(path, "there is no folder " + folder);
  if (access(folder.c_str(), W_OK | X_OK) != 0)
    return cannotWrite(path, "a file cannot be made in " + folder + ": " +
                                 strerror(errno));
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<OutputFile>>
OutputFile::create(llvm::StringRef path) {
  if (llvm::Error error = checkPlace(path))
    return error;
  // A killed process of the same number may have left its files.
  std::error_code code = std::make_error_code(std::errc::file_exists);
  llvm::SmallString<256> temporary;
  int file = -1;
  for (unsigned i = 0; i < 1000 && code == std::errc::file_exists; ++i) {
    temporary = llvm::sys::path::parent_path(path);
    llvm::sys::path::append(temporary, llvm::formatv(".lfm2-{0}-{1}", getpid(),
                                                     fileNumber.fetch_add(1))
                                           .str());
    code = llvm::sys::fs::openFileForWrite(temporary, file,
                                           llvm::sys::fs::CD_CreateNew);
  }
  if (code)
    return cannotWrite(path, code.message());
  auto stream =
      std::make_unique<llvm::raw_fd_ostream>(file, /*shouldClose=*/true);
  llvm::sys::RemoveFileOnSignal(temporary);
  return std::unique_ptr<OutputFile>(
      new OutputFile(path.str(), temporary.str().str(), std::move(stream)));
}

OutputFile::~OutputFile() {
  if (stream) {
    stream->close();
    stream->clear_error(); // A stream that dies with an error aborts.
    stream.reset();
  }
  if (temporary.empty())
    return;
  ::unlink(temporary.c_str());
  llvm::sys::DontRemoveFileOnSignal(temporary);
}

llvm::Error OutputFile::close() {
  if (!stream)
    return llvm::Error::success();
  stream->close();
  if (stream->has_error()) {
    std::string reason = stream->error().message();
    stream->clear_error();
    return cannotWrite(path, reason);
  }
  stream.reset();
  return llvm::Error::success();
}

llvm::Error OutputFile::commit(bool executable) {
  if (llvm::Error error = close())
    return error;
  // Links and other names may have come in since it was created.
  if (llvm::Error error = InputFiles::checkNotRead(path))
    return error;
  if (executable) {
    mode_t mask = umask(0);
    umask(mask);
    chmod(temporary.c_str(), 0777 & ~mask);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0)
    return cannotWrite(path, strerror(errno));
  llvm::sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return llvm::Error::success();
}
