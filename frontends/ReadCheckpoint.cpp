// A path becomes a checkpoint: which model it stands for, and who reads it.

#include "frontends/Frontend.h"
#include "frontends/Locate.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"

using namespace lfm2c;

llvm::Expected<std::unique_ptr<Checkpoint>>
lfm2c::readCheckpoint(llvm::StringRef given, const ReadOptions &options) {
  llvm::Expected<ModelPlace> place = locateModel(given);
  if (!place)
    return place.takeError();
  const std::string &path = place->path;
  FrontendRegistry registry;
  registerAllFrontends(registry);
  if (const Frontend *frontend = registry.find(path))
    return frontend->read(path, options);
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
