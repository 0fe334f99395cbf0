#include "lib/Compiler/Link.h"

#include "lib/Compiler/StubLibraries.h"
#include "lib/Support/Error.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

LLD_HAS_DRIVER(elf)

using namespace lfm2c;
using llvm::Error;

static std::vector<std::string> argumentsOf(LinkKind kind) {
  switch (kind) {
  case LinkKind::Executable:
    return {"-static",
            "--gc-sections",
            "--strip-all",
            "-e",
            "_start",
            "-z",
            "noexecstack",
            "-z",
            "norelro",
            "--build-id=none",
            "-z",
            "noseparate-code",
            "--no-eh-frame-hdr"};
  case LinkKind::LoadedProgram:
    return {"-pie",
            "--gc-sections",
            "--strip-all",
            "-e",
            "_start",
            "-z",
            "noexecstack",
            "-z",
            "relro",
            "-z",
            "now",
            "-z",
            "nodynamic-undefined-weak",
            "--build-id=none",
            "-z",
            "noseparate-code",
            "--no-eh-frame-hdr",
            "--hash-style=gnu",
            "--as-needed"};
  case LinkKind::SharedLibrary:
    return {"-shared", "--gc-sections", "--strip-all",
            "-z",      "noexecstack",   "--whole-archive"};
  case LinkKind::Relocatable:
    return {"-r"};
  }
  llvm_unreachable("covered switch");
}

static Error writeFile(llvm::StringRef path, llvm::StringRef bytes) {
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (!code) {
    os << bytes;
    os.close();
    code = os.error();
    os.clear_error();
  }
  if (code)
    return makeError("cannot write {0}: {1}", path, code.message());
  return Error::success();
}

llvm::Expected<llvm::SmallVector<char, 0>>
lfm2c::link(LinkKind kind, llvm::ArrayRef<std::string> arguments,
            llvm::ArrayRef<LinkInput> inputs, llvm::ArrayRef<StubLibrary> stubs,
            llvm::StringRef triple) {
  // lld reads files and writes one. They are small: the weights do not pass
  // here.
  llvm::SmallString<128> folder;
  if (std::error_code code =
          llvm::sys::fs::createUniqueDirectory("lfm2-compile", folder))
    return makeError("cannot make a temporary folder for the linker: {0}; set "
                     "TMPDIR to one that can be written",
                     code.message());
  const llvm::scope_exit cleanup([&] {
    // What cannot be removed is left to whoever clears the folder.
    (void)llvm::sys::fs::remove_directories(folder, /*IgnoreErrors=*/true);
  });
  auto path = [&](llvm::StringRef name) {
    llvm::SmallString<128> full(folder);
    llvm::sys::path::append(full, name);
    return std::string(full);
  };

  std::vector<std::string> words = {"ld.lld"};
  llvm::append_range(words, arguments);
  llvm::append_range(words, argumentsOf(kind));
  for (const LinkInput &input : inputs) {
    words.push_back(path(input.name));
    if (Error error = writeFile(words.back(), input.bytes))
      return error;
  }
  for (const StubLibrary &stub : stubs) {
    words.push_back(path(stub.name));
    if (Error error = writeStubLibrary(words.back(), stub, triple))
      return error;
  }
  const std::string output = path("output");
  llvm::append_range(words, std::vector<std::string>{"-o", output});
  std::vector<const char *> argv;
  for (const std::string &word : words)
    argv.push_back(word.c_str());

  std::string messages;
  llvm::raw_string_ostream os(messages);
  const lld::Result result =
      lld::lldMain(argv, os, os, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0) {
    llvm::SmallVector<llvm::StringRef> lines;
    llvm::StringRef(messages).split(lines, '\n', /*MaxSplit=*/-1,
                                    /*KeepEmpty=*/false);
    return makeError("lld cannot link the program: {0}",
                     llvm::join(lines, "; "));
  }
  auto buffer = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return makeError("lld left no program: {0}", buffer.getError().message());
  const llvm::StringRef bytes = (*buffer)->getBuffer();
  return llvm::SmallVector<char, 0>(bytes.begin(), bytes.end());
}
