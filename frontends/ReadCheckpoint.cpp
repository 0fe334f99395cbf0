// A path becomes a checkpoint: which model it stands for, and who reads it.

#include "frontends/Frontend.h"
#include "frontends/Locate.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;

/// What there is one folder further down, for the end of a message: a training
/// keeps an adapter in each of its checkpoints.
static std::string adaptersBelow(llvm::StringRef path) {
  std::error_code code;
  std::vector<std::string> found;
  for (llvm::sys::fs::directory_iterator it(path, code), end;
       it != end && !code; it.increment(code))
    if (llvm::sys::fs::exists(it->path() + "/adapter_config.json"))
      found.push_back(it->path());
  if (found.empty())
    return "";
  // The last of checkpoint-500 and checkpoint-1000.
  llvm::sort(found, [](llvm::StringRef a, llvm::StringRef b) {
    return llvm::StringRef(a).compare_numeric(b) < 0;
  });
  return "; there is one in " + found.back();
}

static llvm::Expected<Adapter> readAdapter(const AdapterChoice &choice,
                                           const FrontendRegistry &registry,
                                           Checkpoint &checkpoint) {
  if (!llvm::sys::fs::exists(choice.path))
    return makeError("--lora={0}: there is no such file or folder",
                     choice.path);
  std::string kinds;
  for (const FrontendRegistry::Entry &entry : registry.getEntries()) {
    if (entry.frontend->acceptsAdapter(choice.path))
      return entry.frontend->readAdapter(choice, checkpoint);
    kinds += (kinds.empty() ? "" : " or ") +
             entry.frontend->getAdapterDescription().str();
  }
  return makeError("--lora={0} is no adapter that can be read: expected {1}{2}",
                   choice.path, kinds, adaptersBelow(choice.path));
}

static llvm::Error readAdapters(const ReadOptions &options,
                                const FrontendRegistry &registry,
                                Checkpoint &checkpoint) {
  std::vector<Adapter> adapters;
  for (const AdapterChoice &choice : options.adapters) {
    llvm::Expected<Adapter> adapter = readAdapter(choice, registry, checkpoint);
    if (!adapter)
      return adapter.takeError();
    adapters.push_back(std::move(*adapter));
  }
  return mergeAdapters(adapters, checkpoint);
}

llvm::Error lfm2c::readAdapters(const ReadOptions &options,
                                Checkpoint &checkpoint) {
  FrontendRegistry registry;
  registerAllFrontends(registry);
  return ::readAdapters(options, registry, checkpoint);
}

llvm::Expected<std::unique_ptr<Checkpoint>>
lfm2c::readCheckpoint(llvm::StringRef given, const ReadOptions &options) {
  llvm::Expected<ModelPlace> place = locateModel(given);
  if (!place)
    return place.takeError();
  const std::string &path = place->path;
  FrontendRegistry registry;
  registerAllFrontends(registry);
  if (const Frontend *frontend = registry.find(path)) {
    auto checkpoint = frontend->read(path, options);
    if (!checkpoint)
      return checkpoint.takeError();
    if (llvm::Error error = ::readAdapters(options, registry, **checkpoint))
      return std::move(error);
    return checkpoint;
  }
  // A file that cannot be opened is of no kind; say that instead.
  llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  std::string why = explainForeignBytes((*file)->text());
  // Files of a folder that is a model.
  if (llvm::StringRef(path).ends_with(".safetensors") ||
      llvm::StringRef(path).ends_with(".json"))
    why = "is a part of a model; give the folder that it is in";
  return makeError("{0} is no checkpoint that can be read: {1}expected {2}",
                   path, why.empty() ? "" : "it " + why + "; ",
                   registry.describe());
}
