#include "frontends/safetensors/HFReader.h"
#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFTokenizer.h"
#include "frontends/safetensors/STModules.h"
#include "frontends/safetensors/STReader.h"
#include "lib/Model/PreTokenizers.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "lib/Support/ForeignBytes.h"
#include "lib/Support/ModelName.h"
#include "llvm/Support/FileSystem.h"

using namespace lfm2c;

namespace {

class Reader {
public:
  Reader(const HFSource &source, const ReadOptions &options)
      : source(source), options(options),
        checkpoint(std::make_unique<Checkpoint>()),
        root(source.path, *checkpoint, source.texts), folder(root),
        tensors(*checkpoint) {
    checkpoint->path = source.path;
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
  llvm::Error readWeights() { return source.readWeights(folder, tensors); }
  llvm::Error readEmbedding();
  llvm::Error finish();

  const HFSource &source;
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
  if (!root.canSee("modules.json"))
    return llvm::Error::success();
  return root.withText(
      "modules.json",
      [&](llvm::StringRef text, llvm::StringRef path) -> llvm::Error {
        llvm::Expected<STModules> read = readSTModules(text, path);
        if (!read)
          return read.takeError();
        modules = std::move(*read);
        if (!modules->transformer.empty())
          folder = root.below(modules->transformer);
        return llvm::Error::success();
      });
}

llvm::Error Reader::readConfig() {
  const bool hasAdapter = folder.exists("adapter_config.json");
  if (hasAdapter && !folder.exists("config.json"))
    return makeError("{0} is an adapter (adapter_config.json) without its "
                     "model; give the model that it was trained on as MODEL, "
                     "and --lora={0}",
                     folder.getPath());
  const bool isMerged =
      llvm::any_of(options.adapters, [&](const AdapterChoice &choice) {
        return llvm::sys::fs::equivalent(choice.path, folder.getPath());
      });
  if (hasAdapter && !isMerged)
    checkpoint->warnings.push_back(
        "the adapter beside the model (adapter_config.json) is not applied; to "
        "have it, give --lora=" +
        folder.getPath());
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
  if (spec.end && config.model.causal) {
    spec.end.reset();
    checkpoint->warnings.push_back(
        llvm::formatv("{0}: the post-processor puts a token behind a text, but "
                      "none is put behind a prompt, as the model is to "
                      "continue it",
                      folder.join("tokenizer.json"))
            .str());
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

llvm::Expected<std::unique_ptr<Checkpoint>>
lfm2c::readHFModel(const HFSource &source, const ReadOptions &options) {
  return Reader(source, options).run();
}
