// lfm2.* and lfm2moe.* keys.
//
// Three traps of published files are handled here: attention.head_count_kv is
// a list whose zeros are the convolution layers; rope.freq_base may be absent,
// and then is the million of the models with 65536 tokens; head sizes are
// absent and derived.

#include "frontends/gguf/GGUFConfig.h"
#include "lib/Support/Error.h"
#include "llvm/Support/Path.h"
#include <algorithm>

using namespace lfm2c;

namespace {

// Where the family's value differs from the file format's usual default. Of the
// models with the large vocabulary some have 5e6, others 1e7.
constexpr double defaultRopeTheta = 1e6;
constexpr int64_t gatingSigmoid = 2;
constexpr int64_t maxLayers = 4096;

class ConfigReader {
public:
  ConfigReader(const GGUFFile &file, std::vector<std::string> &warnings)
      : file(file), warnings(warnings) {}

  llvm::Expected<ModelConfig> run();

private:
  std::string key(llvm::StringRef leaf) const {
    return config.architecture + "." + leaf.str();
  }

  llvm::Error missing(llvm::StringRef name) const {
    return makeError("{0}: metadata key {1} is missing; the file is no whole "
                     "checkpoint",
                     file.getPath(), name);
  }

  llvm::Error readArchitecture();
  llvm::Error readSizes();
  llvm::Error readLayers();
  llvm::Error readExperts();
  llvm::Error readSampling();
  llvm::Error refuseVariants();

  /// Reads into `out`; without the key `out` keeps its value.
  template <typename T, typename Getter>
  llvm::Error optional(const std::string &name, T &out, Getter getter) {
    auto value = (file.*getter)(name);
    if (!value)
      return value.takeError();
    if (*value)
      out = T(**value);
    return llvm::Error::success();
  }
  template <typename T, typename Getter>
  llvm::Error required(const std::string &name, T &out, Getter getter) {
    return file.has(name) ? optional(name, out, getter) : missing(name);
  }
  /// One number per layer: a list, or a single one for all.
  llvm::Error perLayer(const std::string &name, std::vector<int64_t> &out);

  const GGUFFile &file;
  std::vector<std::string> &warnings;
  ModelConfig config;
};

} // namespace

llvm::Error ConfigReader::readArchitecture() {
  llvm::StringRef architecture;
  if (llvm::Error error =
          required("general.architecture", architecture, &GGUFFile::getString))
    return error;
  if (architecture != "lfm2" && architecture != "lfm2moe")
    return makeError("{0}: architecture {1} is not supported; supported are "
                     "lfm2 and lfm2moe",
                     file.getPath(), quoted(architecture));
  config.architecture = architecture.str();
  llvm::StringRef name;
  if (llvm::Error error = optional("general.name", name, &GGUFFile::getString))
    return error;
  config.name =
      name.empty() ? llvm::sys::path::stem(file.getPath()).str() : name.str();
  return llvm::Error::success();
}

llvm::Error ConfigReader::perLayer(const std::string &name,
                                   std::vector<int64_t> &out) {
  llvm::Expected<std::optional<std::vector<int64_t>>> list = file.getInts(name);
  if (!list)
    return list.takeError();
  if (!*list)
    return missing(name);
  const size_t layers = config.layers.size();
  out = std::move(**list);
  if (!file.find(name)->isArray)
    out.assign(layers, out.front());
  if (out.size() == layers)
    return llvm::Error::success();
  return makeError("{0}: metadata key {1} should have an entry for each of the "
                   "{2} layers but has {3}",
                   file.getPath(), name, layers, out.size());
}

llvm::Error ConfigReader::readSizes() {
  const struct {
    const char *leaf;
    int64_t &out;
  } sizes[] = {
      {"context_length", config.contextLength},
      {"embedding_length", config.hidden},
      {"shortconv.l_cache", config.convTaps},
  };
  for (const auto &size : sizes)
    if (llvm::Error error =
            required(key(size.leaf), size.out, &GGUFFile::getInt))
      return error;

  // Without the key the tensors decide alone; the tokens are a first guess.
  const GGUFValue *tokens = file.find("tokenizer.ggml.tokens");
  if (tokens)
    config.vocab = std::min<uint64_t>(tokens->count, INT32_MAX);
  if (llvm::Error error =
          optional(key("vocab_size"), config.vocab, &GGUFFile::getInt))
    return error;
  if (!tokens && !file.has(key("vocab_size")))
    return missing(key("vocab_size"));

  if (llvm::Error error = required(key("attention.layer_norm_rms_epsilon"),
                                   config.normEps, &GGUFFile::getFloat))
    return error;
  if (config.vocab == largeVocab && !file.has(key("rope.freq_base")))
    return makeError("{0}: metadata key {1} is missing, and models with {2} "
                     "tokens differ in it; convert the checkpoint again",
                     file.getPath(), key("rope.freq_base"), largeVocab);
  config.ropeTheta = defaultRopeTheta;
  if (llvm::Error error = optional(key("rope.freq_base"), config.ropeTheta,
                                   &GGUFFile::getFloat))
    return error;
  return optional(key("attention.causal"), config.causal, &GGUFFile::getBool);
}

llvm::Error ConfigReader::readLayers() {
  int64_t count = 0;
  if (llvm::Error error =
          required(key("block_count"), count, &GGUFFile::getInt))
    return error;
  if (count < 1 || count > maxLayers)
    return makeError("{0}: {1} should lie between 1 and {2} but is {3}",
                     file.getPath(), key("block_count"), maxLayers, count);
  config.layers.resize(count);

  std::vector<int64_t> heads, kvHeads, ffn;
  if (llvm::Error error = perLayer(key("attention.head_count"), heads))
    return error;
  if (llvm::Error error = perLayer(key("attention.head_count_kv"), kvHeads))
    return error;
  if (llvm::Error error = perLayer(key("feed_forward_length"), ffn))
    return error;
  // Writers of a list put 0 where a layer has no attention.
  config.heads = *std::max_element(heads.begin(), heads.end());
  for (int64_t i = 0; i < count; ++i) {
    LayerConfig &layer = config.layers[i];
    layer.kind = kvHeads[i] == 0 ? LayerKind::Conv : LayerKind::Attention;
    layer.kvHeads = kvHeads[i];
    layer.ffnSize = ffn[i];
    if (heads[i] != 0 && heads[i] != config.heads)
      return makeError("{0}: layer {1} has {2} heads where others have {3}; "
                       "models with unequal layers are not supported",
                       file.getPath(), i, heads[i], config.heads);
  }
  if (config.heads > 0)
    config.headSize = config.hidden / config.heads;
  return optional(key("attention.key_length"), config.headSize,
                  &GGUFFile::getInt);
}

llvm::Error ConfigReader::readExperts() {
  if (config.architecture != "lfm2moe")
    return llvm::Error::success();
  int64_t experts = 0, used = 0, dense = 0, gating = gatingSigmoid;
  std::vector<int64_t> size;
  if (llvm::Error error =
          required(key("expert_count"), experts, &GGUFFile::getInt))
    return error;
  if (llvm::Error error =
          required(key("expert_used_count"), used, &GGUFFile::getInt))
    return error;
  if (llvm::Error error = perLayer(key("expert_feed_forward_length"), size))
    return error;
  if (llvm::Error error =
          optional(key("leading_dense_block_count"), dense, &GGUFFile::getInt))
    return error;
  if (llvm::Error error =
          optional(key("expert_gating_func"), gating, &GGUFFile::getInt))
    return error;
  if (gating != gatingSigmoid)
    return makeError("{0}: {1} should be {2} (sigmoid) but is {3}; other "
                     "routings are not supported",
                     file.getPath(), key("expert_gating_func"), gatingSigmoid,
                     gating);
  if (experts < 1)
    return makeError("{0}: {1} should be 1 or more but is {2}", file.getPath(),
                     key("expert_count"), experts);
  if (llvm::Error error = optional(key("expert_weights_norm"), config.normTopK,
                                   &GGUFFile::getBool))
    return error;
  if (llvm::Error error = optional(key("expert_weights_scale"),
                                   config.routedScale, &GGUFFile::getFloat))
    return error;
  for (LayerConfig &layer : config.layers)
    layer.expertsUsed = used;
  for (size_t i = std::max<int64_t>(dense, 0); i < config.layers.size(); ++i) {
    config.layers[i].experts = experts;
    config.layers[i].ffnSize = size[i];
  }
  return llvm::Error::success();
}

llvm::Error ConfigReader::readSampling() {
  SamplingDefaults &sampling = config.sampling;
  sampling = recommendedSampling(config);
  const struct {
    const char *name;
    double &out;
  } floats[] = {{"general.sampling.temp", sampling.temperature},
                {"general.sampling.top_p", sampling.topP},
                {"general.sampling.min_p", sampling.minP},
                {"general.sampling.penalty_repeat", sampling.repeatPenalty}};
  for (const auto &entry : floats)
    if (llvm::Error error =
            optional(entry.name, entry.out, &GGUFFile::getFloat))
      return error;
  if (llvm::Error error =
          optional("general.sampling.top_k", sampling.topK, &GGUFFile::getInt))
    return error;
  if (llvm::Error error = optional("general.sampling.penalty_last_n",
                                   sampling.penaltyLastN, &GGUFFile::getInt))
    return error;
  // llama.cpp's word for the whole context.
  if (sampling.penaltyLastN == -1)
    sampling.penaltyLastN = INT32_MAX;
  // Below 0 is as good as 0 there: greedy, and off.
  sampling.temperature = std::max(sampling.temperature, 0.0);
  sampling.minP = std::max(sampling.minP, 0.0);
  settleSampling(sampling);
  return llvm::Error::success();
}

/// What the file asks for and this compiler would silently leave out.
llvm::Error ConfigReader::refuseVariants() {
  int64_t window = 0, ropeSize = config.headSize, valueSize = config.headSize;
  if (llvm::Error error =
          optional(key("attention.sliding_window"), window, &GGUFFile::getInt))
    return error;
  if (window != 0)
    return makeError("{0}: {1} is {2}, but attention over a window is not "
                     "supported",
                     file.getPath(), key("attention.sliding_window"), window);
  if (llvm::Error error =
          optional(key("rope.dimension_count"), ropeSize, &GGUFFile::getInt))
    return error;
  if (llvm::Error error =
          optional(key("attention.value_length"), valueSize, &GGUFFile::getInt))
    return error;
  if (ropeSize != config.headSize || valueSize != config.headSize)
    return makeError("{0}: keys of {1}, values of {2} and rotary positions "
                     "over {3} elements should be of one size",
                     file.getPath(), config.headSize, valueSize, ropeSize);
  return llvm::Error::success();
}

llvm::Expected<ModelConfig> ConfigReader::run() {
  using Step = llvm::Error (ConfigReader::*)();
  constexpr Step steps[] = {
      &ConfigReader::readArchitecture, &ConfigReader::readSizes,
      &ConfigReader::readLayers,       &ConfigReader::readExperts,
      &ConfigReader::readSampling,     &ConfigReader::refuseVariants};
  for (Step step : steps)
    if (llvm::Error error = (this->*step)())
      return error;
  if (llvm::Error error = readGGUFRopeScaling(file, config, warnings))
    return error;
  if (llvm::Error error = readGGUFEmbedding(file, config, warnings))
    return error;
  if (!file.has(key("rope.freq_base")))
    warnings.push_back(
        llvm::formatv("metadata key {0} is missing; using {1}, as all models "
                      "with 65536 tokens do",
                      key("rope.freq_base"), config.ropeTheta)
            .str());
  return std::move(config);
}

llvm::Expected<ModelConfig>
lfm2c::readGGUFConfig(const GGUFFile &file,
                      std::vector<std::string> &warnings) {
  return ConfigReader(file, warnings).run();
}
