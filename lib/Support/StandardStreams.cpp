#include "lib/Support/StandardStreams.h"
#include "lib/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

using namespace lfm2c;

static const char *toolName;

llvm::Error lfm2c::writeStandardOutput(llvm::StringRef text) {
  llvm::raw_fd_ostream &os = llvm::outs();
  os << text;
  os.flush();
  if (!os.has_error())
    return llvm::Error::success();
  const std::string reason = os.error().message();
  os.clear_error();
  return makeError("cannot write to standard output: {0}", reason);
}

static void finish() {
  if (llvm::Error error = writeStandardOutput("")) {
    llvm::errs() << toolName << ": error: " << llvm::toString(std::move(error))
                 << "\n";
    llvm::errs().clear_error();
    _exit(1);
  }
  llvm::errs().clear_error();
}

void lfm2c::guardStandardStreams(const char *tool) {
  // Opened the wrong way round: to use one fails as it does with a closed one.
  for (int stream = 0; stream < 3; ++stream)
    if (fcntl(stream, F_GETFD) < 0 && errno == EBADF)
      (void)open("/dev/null", stream == 0 ? O_WRONLY : O_RDONLY);
  toolName = tool;
  // They must die after finish() has run.
  llvm::outs();
  llvm::errs();
  std::atexit(finish);
}
