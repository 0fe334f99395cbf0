#include "frontends/Frontend.h"
#include "lib/Support/Error.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;

const Frontend *FrontendRegistry::find(llvm::StringRef path) const {
  for (const Entry &entry : entries)
    if (entry.frontend->accepts(path))
      return entry.frontend.get();
  return nullptr;
}

llvm::Expected<std::unique_ptr<Checkpoint>>
lfm2c::readCheckpoint(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code code = llvm::sys::fs::status(path, status))
    return makeErrorText("cannot read " + path.str() + ": " + code.message());
  FrontendRegistry registry;
  registerAllFrontends(registry);
  if (const Frontend *frontend = registry.find(path))
    return frontend->read(path);
  // A file that cannot be opened is of no kind; say that instead.
  if (llvm::sys::fs::is_regular_file(status)) {
    llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
    if (!file)
      return file.takeError();
  }
  std::string kinds;
  for (const FrontendRegistry::Entry &entry : registry.getEntries())
    kinds +=
        (kinds.empty() ? "" : " or ") + entry.frontend->getDescription().str();
  return makeErrorText(path.str() +
                       " is no checkpoint that can be read: "
                       "expected " +
                       kinds);
}
