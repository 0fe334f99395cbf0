#include "lib/Support/OutputFile.h"
#include "lib/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <sys/stat.h>
#include <unistd.h>

using namespace lfm2c;

llvm::Expected<std::unique_ptr<OutputFile>>
OutputFile::create(llvm::StringRef path) {
  if (llvm::sys::fs::is_directory(path))
    return makeErrorText("cannot write " + path.str() +
                         ": it is a directory; name a file");
  // Renaming onto a device would replace it.
  if (llvm::sys::fs::exists(path) && !llvm::sys::fs::is_regular_file(path))
    return makeErrorText("cannot write " + path.str() +
                         ": it is no regular file; name a file");
  std::string temporary = path.str() + ".tmp." + std::to_string(getpid());
  std::error_code code;
  auto stream = std::make_unique<llvm::raw_fd_ostream>(
      temporary, code, llvm::sys::fs::CD_CreateAlways);
  if (code)
    return makeErrorText("cannot write " + path.str() + ": " + code.message());
  llvm::sys::RemoveFileOnSignal(temporary);
  return std::unique_ptr<OutputFile>(
      new OutputFile(path.str(), temporary, std::move(stream)));
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
    return makeErrorText("cannot write " + path + ": " + reason);
  }
  stream.reset();
  return llvm::Error::success();
}

llvm::Error OutputFile::commit(bool executable) {
  if (llvm::Error error = close())
    return error;
  if (executable) {
    mode_t mask = umask(0);
    umask(mask);
    chmod(temporary.c_str(), 0777 & ~mask);
  }
  if (rename(temporary.c_str(), path.c_str()) != 0)
    return makeErrorText("cannot write " + path + ": " + strerror(errno));
  llvm::sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return llvm::Error::success();
}
