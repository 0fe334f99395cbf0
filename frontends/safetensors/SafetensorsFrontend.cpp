// From the directory to a verified checkpoint.

#include "frontends/safetensors/SafetensorsFrontend.h"
#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFTensors.h"
#include "frontends/safetensors/HFTokenizer.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <map>

using namespace lfm2c;

namespace {

/// Larger than any of the text files of a checkpoint.
constexpr size_t maxTextBytes = 64 << 20;
constexpr size_t maxIndexValues = 1 << 20;

class Reader {
public:
  explicit Reader(llvm::StringRef path)
      : directory(path), checkpoint(std::make_unique<Checkpoint>()),
        tensors(*checkpoint) {
    checkpoint->path = path.str();
  }

  llvm::Expected<std::unique_ptr<Checkpoint>> run() {
    using Step = llvm::Error (Reader::*)();
    // The tokenizer's tree is the largest thing in memory, so it comes last.
    constexpr Step steps[] = {&Reader::readConfig, &Reader::readWeights,
                              &Reader::readTokenizer, &Reader::finish};
    for (Step step : steps)
      if (llvm::Error error = (this->*step)())
        return error;
    return std::move(checkpoint);
  }

private:
  std::string join(llvm::StringRef name) const {
    llvm::SmallString<256> path(directory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }
  bool exists(llvm::StringRef name) const {
    return llvm::sys::fs::exists(join(name));
  }

  /// Calls `use` with text and path of a file of the directory.
  template <typename F> llvm::Error withText(llvm::StringRef name, F use) {
    std::string path = join(name);
    llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
    if (!file)
      return file.takeError();
    if ((*file)->bytes().size() > maxTextBytes)
      return makeError("{0} has {1} bytes, but at most {2} are read", path,
                       (*file)->bytes().size(), maxTextBytes);
    return use((*file)->text(), llvm::StringRef(path));
  }

  llvm::Error readConfig();
  llvm::Error readTokenizer();
  llvm::Error readWeights();
  llvm::Error readShards();
  llvm::Error readFile(llvm::StringRef name,
                       llvm::ArrayRef<std::string> expected);
  llvm::Error finish();

  std::string directory;
  std::unique_ptr<Checkpoint> checkpoint;
  HFTensorReader tensors;
  HFConfig config;
};

} // namespace

/// The folder's name; in the cache of the hub, where folders are called by
/// commit (models--OWNER--NAME/snapshots/COMMIT), the repository's.
static std::string nameOf(llvm::StringRef directory) {
  llvm::SmallString<256> real;
  if (llvm::sys::fs::real_path(directory, real))
    real = directory;
  llvm::StringRef parent = llvm::sys::path::parent_path(real);
  llvm::StringRef repository =
      llvm::sys::path::filename(llvm::sys::path::parent_path(parent));
  if (llvm::sys::path::filename(parent) == "snapshots" &&
      repository.starts_with("models--"))
    return repository.rsplit("--").second.str();
  return llvm::sys::path::filename(real).str();
}

llvm::Error Reader::readConfig() {
  const bool hasAdapter = exists("adapter_config.json");
  if (hasAdapter && !exists("config.json"))
    return makeError("{0} is an adapter (adapter_config.json) without its "
                     "model; merge it into the model first (merge_and_unload() "
                     "of PEFT) and give the folder of the merged model",
                     directory);
  if (hasAdapter)
    checkpoint->warnings.push_back(
        "the adapter beside the model (adapter_config.json) is not applied; to "
        "have it, merge it first (merge_and_unload() of PEFT)");
  if (!exists("config.json"))
    return makeError("{0} has no config.json; give a Hugging Face directory or "
                     "a GGUF file",
                     directory);
  if (llvm::Error error = withText(
          "config.json",
          [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
            llvm::Expected<HFConfig> read =
                readHFConfig(text, path, checkpoint->warnings);
            if (!read)
              return read.takeError();
            config = std::move(*read);
            return llvm::Error::success();
          }))
    return error;
  config.model.name = nameOf(directory);
  config.model.sampling = recommendedSampling(config.model);
  if (!exists("generation_config.json"))
    return llvm::Error::success();
  return withText("generation_config.json",
                  [&](llvm::StringRef text, llvm::StringRef path) {
                    return readHFGenerationConfig(text, path, config);
                  });
}

llvm::Error Reader::readTokenizer() {
  TokenizerSpec &spec = checkpoint->tokenizer;
  if (!exists("tokenizer.json"))
    return llvm::Error::success();
  if (llvm::Error error = withText(
          "tokenizer.json",
          [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
            llvm::Expected<TokenizerSpec> read =
                readHFTokenizer(text, path, checkpoint->warnings);
            if (!read)
              return read.takeError();
            spec = std::move(*read);
            return llvm::Error::success();
          }))
    return error;
  if (exists("tokenizer_config.json"))
    if (llvm::Error error =
            withText("tokenizer_config.json",
                     [&](llvm::StringRef text, llvm::StringRef path) {
                       return readHFTokenizerConfig(text, path, spec);
                     }))
      return error;
  if (exists("chat_template.jinja"))
    if (llvm::Error error =
            withText("chat_template.jinja",
                     [&](llvm::StringRef text, llvm::StringRef) -> llvm::Error {
                       spec.chatTemplate = text.str();
                       return llvm::Error::success();
                     }))
      return error;
  if (!spec.bos)
    spec.bos = config.bos;
  if (!spec.eos)
    spec.eos = config.eos;
  if (!spec.pad)
    spec.pad = config.pad;
  spec.stop = config.stop;
  finishTokenizer(spec);
  return llvm::Error::success();
}

llvm::Error Reader::readFile(llvm::StringRef name,
                             llvm::ArrayRef<std::string> expected) {
  std::string path = join(name);
  llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<std::vector<SafetensorsEntry>> entries =
      parseSafetensors((*file)->bytes(), path);
  if (!entries)
    return entries.takeError();
  checkpoint->files.push_back(std::move(*file));
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

llvm::Error Reader::readShards() {
  // By name of the shard; a map, so that messages do not depend on hashing.
  std::map<std::string, std::vector<std::string>> shards;
  llvm::StringRef index = "model.safetensors.index.json";
  if (llvm::Error error = withText(
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
              if (!name || name->empty() || name->contains('/') ||
                  name->starts_with("."))
                return makeError("{0}: tensor {1} should be mapped to the name "
                                 "of a file in this directory",
                                 path, quoted(entry.first));
              shards[name->str()].push_back(entry.first.str());
            }
            return llvm::Error::success();
          }))
    return error;
  if (shards.empty())
    return makeError("{0}: weight_map names no file", join(index));
  for (auto &[name, tensors] : shards) {
    llvm::sort(tensors);
    if (!exists(name))
      return makeError("{0} is missing, though {1} says it holds {2} tensors; "
                       "get the whole checkpoint",
                       join(name), index, tensors.size());
    if (llvm::Error error = readFile(name, tensors))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error Reader::readWeights() {
  if (exists("model.safetensors"))
    return readFile("model.safetensors", {});
  if (exists("model.safetensors.index.json"))
    return readShards();
  return makeError("{0} has neither model.safetensors nor "
                   "model.safetensors.index.json; other forms of weights are "
                   "not read",
                   directory);
}

llvm::Error Reader::finish() {
  checkpoint->config = config.model;
  if (llvm::Error error = tensors.finish(config))
    return error;
  if (llvm::Error error = verifyCheckpoint(*checkpoint))
    return makeErrorText(directory + ": " + llvm::toString(std::move(error)));
  return llvm::Error::success();
}

bool SafetensorsFrontend::accepts(llvm::StringRef path) const {
  return llvm::sys::fs::is_directory(path);
}

llvm::Expected<std::unique_ptr<Checkpoint>>
SafetensorsFrontend::read(llvm::StringRef path) const {
  return Reader(path).run();
}

namespace lfm2c {
void registerFrontend_safetensors(FrontendRegistry &registry) {
  registry.add("safetensors", std::make_unique<SafetensorsFrontend>());
}
} // namespace lfm2c
