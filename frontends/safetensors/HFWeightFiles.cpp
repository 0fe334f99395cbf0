#include "frontends/safetensors/HFWeightFiles.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "lib/Support/ModelName.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace lfm2c;

namespace {

constexpr size_t maxIndexValues = 1 << 20;

constexpr llvm::StringLiteral weightsEnding = ".safetensors";

class WeightsReader {
public:
  WeightsReader(const HFFolder &folder, HFTensorReader &tensors)
      : folder(folder), tensors(tensors) {}

  llvm::Error run();

private:
  llvm::Error readShards();
  llvm::Error readUnlisted();
  llvm::Error readParts(llvm::StringRef stem, unsigned count);
  llvm::Error missingFile(llvm::StringRef name, llvm::StringRef why) const;
  llvm::Error readFile(llvm::StringRef name,
                       llvm::ArrayRef<std::string> expected);

  const HFFolder &folder;
  HFTensorReader &tensors;
};

} // namespace

std::vector<std::string> lfm2c::listHFWeights(llvm::StringRef folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (llvm::sys::fs::directory_iterator it(folder, code), end;
       it != end && !code; it.increment(code))
    if (llvm::StringRef name = llvm::sys::path::filename(it->path());
        name.ends_with(weightsEnding) && !name.starts_with("."))
      names.push_back(name.str());
  llvm::sort(names);
  return names;
}

llvm::Error WeightsReader::readFile(llvm::StringRef name,
                                    llvm::ArrayRef<std::string> expected) {
  std::string path = folder.join(name);
  llvm::Expected<std::vector<SafetensorsEntry>> entries = tensors.open(path);
  if (!entries)
    return entries.takeError();
  llvm::StringSet<> names;
  for (const SafetensorsEntry &entry : *entries)
    names.insert(entry.name);
  for (llvm::StringRef tensor : expected)
    if (!names.contains(tensor))
      return makeError("{0}: tensor {1} is missing, though the index says it "
                       "is there",
                       path, quoted(tensor));
  return tensors.add(*entries, path);
}

llvm::Error WeightsReader::readShards() {
  // By name of the shard; a map, so that messages do not depend on hashing.
  std::map<std::string, std::vector<std::string>> shards;
  llvm::StringRef index = "model.safetensors.index.json";
  if (llvm::Error error = folder.withText(
          index,
          [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
            llvm::Expected<json::Document> object =
                parseJSONObject(text, path, maxIndexValues);
            if (!object)
              return object.takeError();
            const json::Object *map = nullptr;
            if (llvm::Error error =
                    JSONReader(*object, path).require("weight_map", map))
              return error;
            for (const auto &entry : *map) {
              std::optional<llvm::StringRef> name = entry.second.getAsString();
              if (!name || !isNameInFolder(*name))
                return makeError(
                    "{0}: tensor {1} should be mapped to the name of a file in "
                    "this directory but is mapped to {2}",
                    path, quoted(entry.first),
                    name ? quoted(*name) : "another kind of value");
              shards[name->str()].push_back(entry.first.str());
            }
            return llvm::Error::success();
          }))
    return error;
  if (shards.empty())
    return makeError("{0}: weight_map names no file", folder.join(index));
  for (auto &[name, tensors] : shards) {
    llvm::sort(tensors);
    if (!folder.exists(name))
      return missingFile(name,
                         llvm::formatv("though {0} says it holds {1} tensors",
                                       index, tensors.size())
                             .str());
    if (llvm::Error error = readFile(name, tensors))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error WeightsReader::missingFile(llvm::StringRef name,
                                       llvm::StringRef why) const {
  std::string path = folder.join(name), unfinished = findUnfinished(path);
  return makeError(
      "{0} is missing, {1}{2}; get the whole checkpoint", path, why,
      unfinished.empty() ? ""
                         : ": its download has not ended (" + unfinished + ")");
}

/// All parts of a model whose index is not there.
llvm::Error WeightsReader::readParts(llvm::StringRef stem, unsigned count) {
  for (unsigned i = 1; i <= count; ++i) {
    std::string name =
        llvm::formatv("{0}-{1:D5}-of-{2:D5}.safetensors", stem, i, count).str();
    if (!folder.exists(name))
      return missingFile(name, "though other parts are there");
    if (llvm::Error error = readFile(name, {}))
      return error;
  }
  return llvm::Error::success();
}

/// Weights that nothing lists: shards by their names, or one file whatever it
/// is called.
llvm::Error WeightsReader::readUnlisted() {
  std::vector<std::string> whole;
  std::map<std::pair<std::string, unsigned>, unsigned> parts; // And how many.
  for (const std::string &name : listHFWeights(folder.getPath())) {
    llvm::StringRef stem =
        llvm::StringRef(name).drop_back(weightsEnding.size());
    unsigned number, count;
    if (consumePart(stem, number, count))
      ++parts[{stem.str(), count}];
    else if (!stem.starts_with("adapter_"))
      whole.push_back(name);
  }
  if (parts.size() == 1)
    return readParts(parts.begin()->first.first, parts.begin()->first.second);
  if (parts.size() > 1)
    return makeError(
        "{0} holds parts of {1} models, of {2} in {3} files and of "
        "{4} in {5}; leave those of one",
        folder.getPath(), parts.size(), parts.begin()->first.first,
        parts.begin()->first.second, parts.rbegin()->first.first,
        parts.rbegin()->first.second);
  if (whole.size() == 1)
    return readFile(whole.front(), {});
  std::string unfinished = findUnfinished(folder.join("model.safetensors"));
  if (!unfinished.empty())
    return missingFile("model.safetensors", "though there is a config.json");
  if (whole.empty())
    return makeError("{0} has no weights: expected model.safetensors, its "
                     "shards, or one other .safetensors file",
                     folder.getPath());
  return makeError("{0} has {1} files of weights, {2} and {3} among them, and "
                   "none is called model.safetensors; leave one, or name it so",
                   folder.getPath(), whole.size(), whole[0], whole[1]);
}

llvm::Error WeightsReader::run() {
  if (folder.exists("model.safetensors"))
    return readFile("model.safetensors", {});
  if (folder.exists("model.safetensors.index.json"))
    return readShards();
  return readUnlisted();
}

llvm::Error lfm2c::readHFWeights(const HFFolder &folder,
                                 HFTensorReader &tensors) {
  return WeightsReader(folder, tensors).run();
}
