// From the directory to a verified checkpoint.

#include "frontends/safetensors/SafetensorsFrontend.h"
#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFFolder.h"
#include "frontends/safetensors/HFTensors.h"
#include "frontends/safetensors/HFTokenizer.h"
#include "frontends/safetensors/STModules.h"
#include "frontends/safetensors/STReader.h"
#include "lib/Model/PreTokenizers.h"
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

/// The names of the safetensors files in a folder, sorted; none where it cannot
/// be looked at.
std::vector<std::string> listWeights(llvm::StringRef folder) {
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

class Reader {
public:
  Reader(llvm::StringRef path, const ReadOptions &options)
      : options(options), checkpoint(std::make_unique<Checkpoint>()),
        root(path, *checkpoint), folder(root), tensors(*checkpoint) {
    checkpoint->path = path.str();
  }

  llvm::Expected<std::unique_ptr<Checkpoint>> run() {
    using Step = llvm::Error (Reader::*)();
    // The tokenizer's tree is the largest thing in memory, so it comes last.
    constexpr Step steps[] = {&Reader::readModules,   &Reader::readConfig,
                              &Reader::readWeights,   &Reader::readTokenizer,
                              &Reader::readEmbedding, &Reader::finish};
    for (Step step : steps)
      if (llvm::Error error = (this->*step)())
        return error;
    return std::move(checkpoint);
  }

private:
  llvm::Error readModules();
  llvm::Error readConfig();
  llvm::Error readTokenizer();
  llvm::Error readVocabFiles();
  llvm::Error readWeights();
  llvm::Error readShards();
  llvm::Error readUnlisted();
  llvm::Error readParts(llvm::StringRef stem, unsigned count);
  llvm::Error missingFile(llvm::StringRef name, llvm::StringRef why) const;
  llvm::Error readFile(llvm::StringRef name,
                       llvm::ArrayRef<std::string> expected);
  llvm::Error readEmbedding();
  llvm::Error finish();

  const ReadOptions &options;
  std::unique_ptr<Checkpoint> checkpoint;
  HFFolder root;   // The checkpoint's.
  HFFolder folder; // The model's, which is another where modules.json says so.
  std::optional<STModules> modules;
  HFTensorReader tensors;
  HFConfig config;
};

} // namespace

llvm::Error Reader::readModules() {
  // Of a folder that cannot be looked at, config.json says so.
  if (!llvm::sys::fs::exists(root.join("modules.json")))
    return llvm::Error::success();
  return root.withText(
      "modules.json",
      [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
        llvm::Expected<STModules> read = readSTModules(text, path);
        if (!read)
          return read.takeError();
        modules = std::move(*read);
        if (!modules->transformer.empty())
          folder = HFFolder(root.join(modules->transformer), *checkpoint);
        return llvm::Error::success();
      });
}

llvm::Error Reader::readConfig() {
  const bool hasAdapter = folder.exists("adapter_config.json");
  if (hasAdapter && !folder.exists("config.json"))
    return makeError("{0} is an adapter (adapter_config.json) without its "
                     "model; merge it into the model first (merge_and_unload() "
                     "of PEFT) and give the folder of the merged model",
                     folder.getPath());
  if (hasAdapter)
    checkpoint->warnings.push_back(
        "the adapter beside the model (adapter_config.json) is not applied; to "
        "have it, merge it first (merge_and_unload() of PEFT)");
  if (!folder.exists("config.json"))
    return makeError("{0} has no config.json; give a Hugging Face directory or "
                     "a GGUF file",
                     folder.getPath());
  if (llvm::Error error = folder.withText(
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
  config.model.name = modelNameOf(root.getPath());
  config.model.sampling = recommendedSampling(config.model);
  if (!folder.exists("generation_config.json"))
    return llvm::Error::success();
  return folder.withText("generation_config.json",
                         [&](llvm::StringRef text, llvm::StringRef path) {
                           return readHFGenerationConfig(text, path, config);
                         });
}

/// vocab.json and merges.txt, where there is no tokenizer.json.
llvm::Error Reader::readVocabFiles() {
  TokenizerSpec &spec = checkpoint->tokenizer;
  if (!folder.exists("merges.txt"))
    return makeError("{0} has vocab.json but neither tokenizer.json nor "
                     "merges.txt; get the whole tokenizer",
                     folder.getPath());
  using Step =
      llvm::Error (*)(llvm::StringRef, llvm::StringRef, TokenizerSpec &);
  const std::pair<const char *, Step> files[] = {
      {"vocab.json", readHFVocabFile},
      {"merges.txt", readHFMergesFile},
      {"added_tokens.json", readHFAddedTokensFile},
      {"tokenizer_config.json", readHFTokenizerClass},
      {"special_tokens_map.json", readHFSpecialTokensMap}};
  for (const auto &[name, read] : files)
    if (folder.exists(name))
      if (llvm::Error error =
              folder.withText(name, [&, read = read](llvm::StringRef text,
                                                     llvm::StringRef path) {
                return read(text, path, spec);
              }))
        return error;
  return llvm::Error::success();
}

llvm::Error Reader::readTokenizer() {
  TokenizerSpec &spec = checkpoint->tokenizer;
  if (folder.exists("tokenizer.json")) {
    if (llvm::Error error = folder.withText(
            "tokenizer.json",
            [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
              llvm::Expected<TokenizerSpec> read = readHFTokenizer(text, path);
              if (!read)
                return read.takeError();
              spec = std::move(*read);
              return llvm::Error::success();
            }))
      return error;
  } else if (folder.exists("vocab.json")) {
    if (llvm::Error error = readVocabFiles())
      return error;
  } else {
    return llvm::Error::success();
  }
  if (!options.pre.empty()) {
    // What else the name says of a tokenizer, these files say themselves.
    TokenizerSpec named;
    if (llvm::Error error = usePreTokenizer(options.pre, "--pre", named))
      return error;
    spec.pre = named.pre;
    spec.splits = named.splits;
  }
  if (!folder.exists("tokenizer.json"))
    if (llvm::Error error =
            finishHFVocabFiles(folder.getPath(), spec, checkpoint->warnings))
      return error;
  if (folder.exists("tokenizer_config.json"))
    if (llvm::Error error =
            folder.withText("tokenizer_config.json",
                            [&](llvm::StringRef text, llvm::StringRef path) {
                              return readHFTokenizerConfig(text, path, spec);
                            }))
      return error;
  if (folder.exists("chat_template.jinja"))
    if (llvm::Error error = folder.withText(
            "chat_template.jinja",
            [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
              std::string why = explainForeignBytes(text);
              if (!text.empty() && !why.empty())
                return makeError("{0} is no chat template: it {1}", path, why);
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
  std::string path = folder.join(name);
  llvm::Expected<std::unique_ptr<MappedFile>> file = MappedFile::open(path);
  if (!file)
    return file.takeError();
  llvm::Expected<std::vector<SafetensorsEntry>> entries =
      parseSafetensors((*file)->bytes(), path);
  if (!entries)
    return entries.takeError();
  checkpoint->addSource(**file);
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

llvm::Error Reader::missingFile(llvm::StringRef name,
                                llvm::StringRef why) const {
  std::string path = folder.join(name), unfinished = findUnfinished(path);
  return makeError(
      "{0} is missing, {1}{2}; get the whole checkpoint", path, why,
      unfinished.empty() ? ""
                         : ": its download has not ended (" + unfinished + ")");
}

/// All parts of a model whose index is not there.
llvm::Error Reader::readParts(llvm::StringRef stem, unsigned count) {
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
llvm::Error Reader::readUnlisted() {
  std::vector<std::string> whole;
  std::map<std::pair<std::string, unsigned>, unsigned> parts; // And how many.
  for (const std::string &name : listWeights(folder.getPath())) {
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

llvm::Error Reader::readWeights() {
  if (folder.exists("model.safetensors"))
    return readFile("model.safetensors", {});
  if (folder.exists("model.safetensors.index.json"))
    return readShards();
  return readUnlisted();
}

/// What stands around the model, where it is one of sentence-transformers.
llvm::Error Reader::readEmbedding() {
  ModelConfig &model = config.model;
  if (!modules || (modules->pooling.empty() && modules->dense.empty() &&
                   !modules->normalize))
    return llvm::Error::success();
  if (model.causal) {
    checkpoint->warnings.push_back(
        llvm::formatv("{0} makes vectors of what the model gives, but only "
                      "bidirectional models give vectors; the program has the "
                      "causal model alone",
                      root.join("modules.json"))
            .str());
    return llvm::Error::success();
  }
  if (llvm::Error error =
          readSTModuleFolders(root, *modules, model, tensors, *checkpoint))
    return error;
  llvm::StringRef name = "config_sentence_transformers.json";
  if (root.exists(name))
    if (llvm::Error error = root.withText(
            name, [&](llvm::StringRef text, llvm::StringRef path) {
              return readSTConfig(text, path, checkpoint->tokenizer,
                                  model.embedding, checkpoint->warnings);
            }))
      return error;
  model.embedding.normalize |= modules->normalize;
  name = "sentence_bert_config.json";
  if (!folder.exists(name))
    return llvm::Error::success();
  return folder.withText(name, [&](llvm::StringRef text, llvm::StringRef path) {
    return readSTTransformerConfig(text, path, model.embedding);
  });
}

llvm::Error Reader::finish() {
  checkpoint->config = config.model;
  if (llvm::Error error = tensors.finish(config))
    return error;
  if (llvm::Error error = verifyCheckpoint(*checkpoint))
    return makeErrorText(root.getPath() + ": " +
                         llvm::toString(std::move(error)));
  return llvm::Error::success();
}

bool SafetensorsFrontend::accepts(llvm::StringRef path) const {
  // A folder around a model is none yet.
  return llvm::sys::fs::is_directory(path) &&
         (!listWeights(path).empty() ||
          llvm::sys::fs::exists(path + "/model.safetensors") ||
          llvm::sys::fs::exists(path + "/model.safetensors.index.json") ||
          llvm::sys::fs::exists(path + "/modules.json") ||
          llvm::sys::fs::exists(path + "/adapter_config.json"));
}

llvm::Expected<std::unique_ptr<Checkpoint>>
SafetensorsFrontend::read(llvm::StringRef path,
                          const ReadOptions &options) const {
  return Reader(path, options).run();
}

namespace lfm2c {
void registerFrontend_safetensors(FrontendRegistry &registry) {
  registry.add("safetensors", std::make_unique<SafetensorsFrontend>());
}
} // namespace lfm2c
