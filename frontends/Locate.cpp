#include "frontends/Locate.h"
#include "frontends/Frontend.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "lib/Support/MappedFile.h"
#include "lib/Support/ModelName.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

using namespace lfm2c;
using llvm::StringRef;
namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

namespace {

/// What to do with weights that no front end reads, by the end of their name.
constexpr struct {
  StringRef ending, advice;
} foreignWeights[] = {
    {".bin", "PyTorch's; save the model with save_pretrained() of "
             "transformers"},
    {".pt", "PyTorch's; save the model with save_pretrained() of transformers"},
    {".pth", "PyTorch's; save the model with save_pretrained() of "
             "transformers"},
    {".ckpt", "PyTorch's; save the model with save_pretrained() of "
              "transformers"},
    {".onnx", "ONNX; get the model as safetensors or GGUF"},
    {".npz", "NumPy's, as older MLX wrote them; convert it again with current "
             "MLX, which writes safetensors"},
    {".h5", "TensorFlow's; get the model as safetensors or GGUF"},
    {".msgpack", "Flax's; get the model as safetensors or GGUF"},
};

class Locator {
public:
  Locator() { registerAllFrontends(registry); }

  llvm::Expected<ModelPlace> locate(StringRef path, unsigned depth = 0);

private:
  /// Names of what is in a folder, sorted.
  static llvm::Expected<std::vector<std::string>> list(StringRef folder);
  static std::string join(StringRef folder, StringRef name) {
    llvm::SmallString<256> whole(folder);
    path::append(whole, name);
    return whole.str().str();
  }
  llvm::Expected<ModelPlace> goInto(StringRef folder, StringRef name,
                                    unsigned depth, StringRef why);
  llvm::Expected<std::string> chooseCommit(StringRef folder) const;
  std::vector<StringRef> findModels(StringRef folder,
                                    llvm::ArrayRef<std::string> names) const;
  llvm::Error refuse(StringRef folder, llvm::ArrayRef<std::string> names) const;

  FrontendRegistry registry;
};

llvm::Error cannotRead(StringRef path, std::error_code code) {
  return makeError("cannot read {0}: {1}", path, code.message());
}

/// "a, b and c", of many the first few.
std::string listSome(llvm::ArrayRef<StringRef> names) {
  constexpr size_t most = 5;
  std::string text = llvm::join(names.take_front(most), ", ");
  if (names.size() > most)
    text += " and " + std::to_string(names.size() - most) + " more";
  return text;
}

} // namespace

llvm::Expected<std::vector<std::string>> Locator::list(StringRef folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; it != end && !code;
       it.increment(code))
    names.push_back(path::filename(it->path()).str());
  if (code)
    return cannotRead(folder, code);
  llvm::sort(names);
  return names;
}

llvm::Expected<ModelPlace> Locator::goInto(StringRef folder, StringRef name,
                                           unsigned depth, StringRef why) {
  llvm::Expected<ModelPlace> place = locate(join(folder, name), depth + 1);
  if (place && !why.empty())
    place->notes.insert(place->notes.begin(),
                        ("the model is in " + name + ", " + why).str());
  return place;
}

/// The commit of a repository in the hub's cache, by what refs/main says.
llvm::Expected<std::string> Locator::chooseCommit(StringRef folder) const {
  const std::string snapshots = join(folder, "snapshots");
  const std::string main = join(join(folder, "refs"), "main");
  if (fs::exists(main)) {
    llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(main);
    if (!file)
      return file.takeError();
    StringRef commit = (*file)->text().take_front(128).trim();
    if (commit.empty() || !llvm::all_of(commit, llvm::isAlnum))
      return makeError("{0} should hold the name of a commit but holds {1}",
                       main, quoted(commit));
    return commit.str();
  }
  llvm::Expected<std::vector<std::string>> commits = list(snapshots);
  if (!commits)
    return commits.takeError();
  if (commits->size() == 1)
    return commits->front();
  return makeError("{0} has {1} snapshots and no refs/main that names one; {2}",
                   folder, commits->size(),
                   commits->empty() ? "get the model again"
                                    : "give the folder of one");
}

/// Files that a front end accepts; of a model in parts the first.
std::vector<StringRef>
Locator::findModels(StringRef folder, llvm::ArrayRef<std::string> names) const {
  std::vector<StringRef> models;
  for (StringRef name : names) {
    StringRef stem = path::stem(name);
    unsigned number = 1, count;
    consumePart(stem, number, count);
    // The part of a model that sees is none by itself.
    if (number != 1 || stem.starts_with_insensitive("mmproj"))
      continue;
    const std::string file = join(folder, name);
    if (registry.isNamedAsModel(name) && fs::is_regular_file(file))
      models.push_back(name);
  }
  return models;
}

llvm::Error Locator::refuse(StringRef folder,
                            llvm::ArrayRef<std::string> names) const {
  const std::string kinds = registry.describe();
  for (StringRef name : names)
    for (const auto &foreign : foreignWeights)
      if (name.ends_with_insensitive(foreign.ending) &&
          name != "training_args.bin")
        return makeError("{0} holds weights in a form that is not read: {1} is "
                         "{2}",
                         folder, name, foreign.advice);
  for (StringRef name : names)
    if (name.ends_with(".incomplete") || name.ends_with(".part") ||
        name.ends_with(".crdownload") || name.ends_with(".aria2"))
      return makeError("{0} holds a download that has not ended, {1}; get the "
                       "model again",
                       folder, name);
  const bool hasConfig = llvm::is_contained(names, "config.json");
  return makeError("{0} {1}; expected {2}", folder,
                   names.empty() ? "is an empty folder"
                   : hasConfig   ? "has a config.json but no weights"
                                 : "holds no model: it has no config.json with "
                                   "weights and no GGUF file",
                   kinds);
}

llvm::Expected<ModelPlace> Locator::locate(StringRef given, unsigned depth) {
  fs::file_status status;
  if (std::error_code code = fs::status(given, status))
    return cannotRead(given, code);
  if (!fs::is_directory(status) || registry.find(given))
    return ModelPlace{given.str(), {}};
  llvm::Expected<std::vector<std::string>> names = list(given);
  if (!names)
    return names.takeError();
  // Of folders in folders there are hub, repository, snapshot and step.
  if (depth >= 4)
    return refuse(given, *names);

  // Where links are followed while copying, "blobs" stays behind.
  if (llvm::is_contained(*names, "snapshots") &&
      (llvm::is_contained(*names, "blobs") ||
       llvm::is_contained(*names, "refs"))) {
    llvm::Expected<std::string> commit = chooseCommit(given);
    if (!commit)
      return commit.takeError();
    return goInto(given, "snapshots/" + *commit, depth, "");
  }
  std::vector<StringRef> models = findModels(given, *names), repositories;
  if (models.size() == 1)
    return goInto(given, models.front(), depth, "the only one in the folder");
  if (models.size() > 1)
    return makeError("{0} holds {1} models; give one of them: {2}", given,
                     models.size(), listSome(models));
  StringRef lastStep;
  uint64_t last = 0, step;
  for (StringRef name : *names) {
    if (name.starts_with("models--"))
      repositories.push_back(name);
    if (isTrainingStep(name, step) && (lastStep.empty() || step > last)) {
      last = step;
      lastStep = name;
    }
  }
  if (!lastStep.empty())
    return goInto(given, lastStep, depth, "the last step of the training");
  if (repositories.size() == 1)
    return goInto(given, repositories.front(), depth,
                  "the only repository in the cache");
  if (repositories.size() > 1)
    return makeError("{0} holds {1} repositories; give one of them: {2}", given,
                     repositories.size(), listSome(repositories));
  // The hub's own folder has the cache one further in.
  if (llvm::is_contained(*names, "hub") && fs::is_directory(join(given, "hub")))
    return goInto(given, "hub", depth, "");
  return refuse(given, *names);
}

llvm::Expected<ModelPlace> lfm2c::locateModel(StringRef path) {
  return Locator().locate(path);
}
