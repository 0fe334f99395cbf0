// The compiler as a program.
//
// Exit status: 0 done, 1 failed, 2 wrong use. A failure is one line on stderr.
#include "lib/Compiler/Compiler.h"
#include "lib/Support/Error.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/StandardStreams.h"
#include "targets/Target.h"
#include "tools/lfm2-compile/CommandLine.h"
#include "tools/lfm2-compile/Progress.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/raw_ostream.h"
#include <csignal>

using namespace lfm2c;

static int fail(int status, llvm::StringRef message) {
  if (!message.empty())
    llvm::errs() << "lfm2-compile: error: " << printable(message) << "\n";
  return status;
}

static int failWith(llvm::Error error) {
  std::error_code code;
  std::string message;
  llvm::handleAllErrors(std::move(error), [&](const llvm::ErrorInfoBase &info) {
    code = info.convertToErrorCode();
    message += (message.empty() ? "" : "; ") + info.message();
  });
  return fail(code == std::errc::invalid_argument ? 2 : 1, message);
}

static int list(const Request &request, const TargetRegistry &targets) {
  if (request.kind == Request::ListTargets) {
    for (const TargetRegistry::Entry &entry : targets.getEntries())
      llvm::outs() << llvm::formatv(
          "{0,-23} {1}{2}\n", entry.name, entry.target->getDescription(),
          !entry.target->isHost() ? ""
          : entry.group.empty()   ? " (this machine)"
                                  : " (this machine: " + entry.group + ")");
    return 0;
  }
  auto entry = targets.lookup(request.options.target);
  if (!entry) {
    llvm::Error error = entry.takeError();
    return fail(2, llvm::toString(std::move(error)));
  }
  llvm::outs() << "CPUs of " << (*entry)->name << ":\n";
  (*entry)->target->listCpus(llvm::outs());
  return 0;
}

int main(int argc, char **argv) {
  guardStandardStreams("lfm2-compile");
  llvm::InitLLVM init(argc, argv);
#ifdef SIGXFSZ
  // A file that may not grow is a failed write like that of a full disk.
  std::signal(SIGXFSZ, SIG_IGN);
#endif
  MappedFile::exitWhereFilesAreCut("lfm2-compile");
  TargetRegistry targets;
  registerAllTargets(targets);
  auto request = readCommandLine(argc, argv, targets);
  if (!request)
    return fail(2, llvm::toString(request.takeError()));
  if (request->kind != Request::Compile)
    return list(*request, targets);

  Progress progress(llvm::sys::Process::StandardErrIsDisplayed());
  auto made = compile(request->options, targets, progress);
  if (!made) {
    progress.abandon();
    return failWith(made.takeError());
  }
  progress.succeed();
  return 0;
}
