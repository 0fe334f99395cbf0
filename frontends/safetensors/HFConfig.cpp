// Keys came and went: block_ff_dim beside intermediate_size; tie_embedding
// beside tie_word_embeddings; full_attn_idxs beside layer_types; those of the
// rotary positions. All are read, in the order in which transformers lets one
// override the other, with its defaults.

#include "frontends/safetensors/HFConfig.h"
#include "frontends/safetensors/HFQuantization.h"
#include "lib/Support/CheckedJSON.h"
#include "lib/Support/Error.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>

using namespace lfm2c;

namespace {

constexpr size_t maxConfigValues = 1 << 16;
constexpr int64_t maxLayers = 4096;

class ConfigReader {
public:
  ConfigReader(const json::Object &object, llvm::StringRef file,
               std::vector<std::string> &warnings)
      : reader(object, file), warnings(warnings) {}

  llvm::Expected<HFConfig> run();

private:
  llvm::Error readArchitecture();
  llvm::Error readDirection(llvm::ArrayRef<std::string> classes);
  llvm::Error readSizes();
  llvm::Error readRope() { return readHFRope(reader, config, warnings); }
  llvm::Error readLayerKinds();
  llvm::Error readDense();
  llvm::Error readExperts();
  llvm::Error readIds();
  llvm::Error adjustFFN(int64_t &size);

  JSONReader reader;
  std::vector<std::string> &warnings;
  HFConfig out;
  ModelConfig &config = out.model;
};

} // namespace

/// Whether a token sees those behind it, too. Heads for other tasks are refused
/// by name: what they are for is not in the model's own layers.
llvm::Error ConfigReader::readDirection(llvm::ArrayRef<std::string> classes) {
  for (llvm::StringRef name : classes) {
    if (!name.contains("Bidir"))
      continue;
    config.causal = false;
    config.embedding.hasLogits = name == "Lfm2BidirectionalForMaskedLM";
    if (!config.embedding.hasLogits && name != "Lfm2BidirectionalModel")
      return makeError("{0}: architectures has {1}, a model with a head that "
                       "is not supported; supported are Lfm2BidirectionalModel "
                       "and Lfm2BidirectionalForMaskedLM",
                       reader.getFile(), quoted(name));
  }
  bool causal = config.causal;
  if (llvm::Error error = reader.read("is_causal", causal))
    return error;
  if (causal == config.causal)
    return llvm::Error::success();
  return makeError("{0}: is_causal is {1}, but architectures names a model "
                   "whose convolutions {2} later tokens; supported are models "
                   "in which both agree",
                   reader.getFile(), causal, causal ? "see" : "do not see");
}

llvm::Error ConfigReader::readArchitecture() {
  std::string type;
  if (llvm::Error error = reader.require("model_type", type))
    return error;
  // What transformers calls the bidirectional models of its own.
  if (type == "lfm2_bidirectional")
    type = "lfm2";
  if (type != "lfm2" && type != "lfm2_moe")
    return makeError("{0}: model type {1} is not supported; supported are lfm2 "
                     "and lfm2_moe",
                     reader.getFile(), quoted(type));
  config.architecture = type == "lfm2" ? "lfm2" : "lfm2moe";
  config.wording = Wording::HuggingFace;
  std::vector<std::string> classes;
  if (llvm::Error error = reader.read("architectures", classes))
    return error;
  if (llvm::Error error = readDirection(classes))
    return error;
  bool bias = false;
  if (llvm::Error error = reader.read("conv_bias", bias))
    return error;
  if (bias)
    return makeError("{0}: conv_bias is true, but convolutions with a bias are "
                     "not supported",
                     reader.getFile());
  return llvm::Error::success();
}

llvm::Error ConfigReader::readSizes() {
  config.vocab = 65536;
  config.convTaps = 3;
  config.contextLength = 128000;
  config.normEps = 1e-5;
  const struct {
    const char *key;
    int64_t &out;
    bool required;
  } sizes[] = {
      {"hidden_size", config.hidden, true},
      {"num_attention_heads", config.heads, true},
      {"vocab_size", config.vocab, false},
      {"conv_L_cache", config.convTaps, false},
      {"max_position_embeddings", config.contextLength, false},
  };
  for (const auto &size : sizes)
    if (llvm::Error error = size.required ? reader.require(size.key, size.out)
                                          : reader.read(size.key, size.out))
      return error;
  if (config.heads > 0)
    config.headSize = config.hidden / config.heads;
  if (llvm::Error error = reader.read("head_dim", config.headSize))
    return error;
  if (llvm::Error error = reader.read("norm_eps", config.normEps))
    return error;
  if (llvm::Error error = reader.read("tie_word_embeddings", config.tiedHead))
    return error;
  return reader.read("tie_embedding", config.tiedHead);
}

llvm::Error ConfigReader::readLayerKinds() {
  int64_t count = 0, kvHeads = 8;
  if (llvm::Error error = reader.require("num_hidden_layers", count))
    return error;
  if (count < 1 || count > maxLayers)
    return makeError("{0}: num_hidden_layers should lie between 1 and {1} but "
                     "is {2}",
                     reader.getFile(), maxLayers, count);
  if (llvm::Error error = reader.read("num_key_value_heads", kvHeads))
    return error;
  // Without a list, every layer is attention; the tensors may correct that.
  std::vector<bool> attention(count, true);
  std::vector<std::string> types;
  std::vector<int64_t> indexes;
  if (llvm::Error error = reader.read("layer_types", types))
    return error;
  if (llvm::Error error = reader.read("full_attn_idxs", indexes))
    return error;
  if (reader.has("layer_types")) {
    if (int64_t(types.size()) < count)
      return makeError("{0}: layer_types should have an entry for each of the "
                       "{1} layers but has {2}",
                       reader.getFile(), count, types.size());
    if (int64_t(types.size()) > count)
      warnings.push_back(llvm::formatv("layer_types has {0} entries for {1} "
                                       "layers; the first {1} count",
                                       types.size(), count)
                             .str());
    for (int64_t i = 0; i < count; ++i) {
      if (types[i] != "conv" && types[i] != "full_attention")
        return makeError("{0}: layer {1} has type {2}; supported are 'conv' "
                         "and 'full_attention'",
                         reader.getFile(), i, quoted(types[i]));
      attention[i] = types[i] != "conv";
    }
  } else if (reader.has("full_attn_idxs")) {
    attention.assign(count, false);
    for (int64_t index : indexes) {
      if (index < 0 || index >= count)
        return makeError("{0}: full_attn_idxs names layer {1}, but the layers "
                         "go from 0 to {2}",
                         reader.getFile(), index, count - 1);
      attention[index] = true;
    }
  }
  config.layers.resize(count);
  for (int64_t i = 0; i < count; ++i) {
    config.layers[i].kind =
        attention[i] ? LayerKind::Attention : LayerKind::Conv;
    config.layers[i].kvHeads = attention[i] ? kvHeads : 0;
  }
  return llvm::Error::success();
}

/// Dense models state the size before two thirds of it are taken and rounded
/// up, unless they say otherwise.
llvm::Error ConfigReader::adjustFFN(int64_t &size) {
  bool adjust = true;
  double multiplier = 1;
  int64_t multiple = 256;
  if (llvm::Error error = reader.read("block_auto_adjust_ff_dim", adjust))
    return error;
  if (llvm::Error error = reader.read("block_ffn_dim_multiplier", multiplier))
    return error;
  if (llvm::Error error = reader.read("block_multiple_of", multiple))
    return error;
  if (!adjust)
    return llvm::Error::success();
  if (!(multiplier > 0 && multiplier <= 64) || multiple < 1 ||
      multiple > (1 << 20) || size < 1 || size > (1 << 24))
    return makeError("{0}: feed-forward size {1}, block_ffn_dim_multiplier {2} "
                     "and block_multiple_of {3} give no possible size",
                     reader.getFile(), size, multiplier, multiple);
  size = 2 * size / 3;
  if (reader.isNull("block_ffn_dim_multiplier"))
    return llvm::Error::success();
  size = int64_t(multiplier * double(size));
  size = llvm::alignTo(uint64_t(size), uint64_t(multiple));
  return llvm::Error::success();
}

llvm::Error ConfigReader::readDense() {
  int64_t size = config.architecture == "lfm2" ? 12288 : 7168;
  if (llvm::Error error = reader.read("intermediate_size", size))
    return error;
  if (config.architecture == "lfm2") {
    if (llvm::Error error = reader.read("block_ff_dim", size))
      return error;
    if (llvm::Error error = adjustFFN(size))
      return error;
  }
  for (LayerConfig &layer : config.layers)
    layer.ffnSize = size;
  return llvm::Error::success();
}

llvm::Error ConfigReader::readExperts() {
  if (config.architecture != "lfm2moe")
    return llvm::Error::success();
  int64_t experts = 32, used = 4, dense = 2, size = 1792;
  const struct {
    const char *key;
    int64_t &out;
  } numbers[] = {{"num_experts", experts},
                 {"num_experts_per_tok", used},
                 {"num_dense_layers", dense},
                 {"moe_intermediate_size", size}};
  for (const auto &number : numbers)
    if (llvm::Error error = reader.read(number.key, number.out))
      return error;
  if (experts < 1)
    return makeError("{0}: num_experts should be 1 or more but is {1}",
                     reader.getFile(), experts);
  if (llvm::Error error =
          reader.read("routed_scaling_factor", config.routedScale))
    return error;
  if (llvm::Error error = reader.read("norm_topk_prob", config.normTopK))
    return error;
  out.useExpertBias = true;
  if (llvm::Error error = reader.read("use_expert_bias", out.useExpertBias))
    return error;
  for (LayerConfig &layer : config.layers)
    layer.expertsUsed = used;
  for (size_t i = std::max<int64_t>(dense, 0); i < config.layers.size(); ++i) {
    config.layers[i].experts = experts;
    config.layers[i].ffnSize = size;
    config.layers[i].hasExpertBias = out.useExpertBias;
  }
  return llvm::Error::success();
}

llvm::Error ConfigReader::readIds() {
  const struct {
    const char *key;
    std::optional<int32_t> &out;
  } entries[] = {{"bos_token_id", out.bos},
                 {"eos_token_id", out.eos},
                 {"pad_token_id", out.pad}};
  for (const auto &entry : entries) {
    std::vector<int32_t> ids;
    if (llvm::Error error = readHFTokenIds(reader, entry.key, ids))
      return error;
    if (!ids.empty())
      entry.out = ids.front();
    if (&entry.out == &out.eos)
      out.stop = std::move(ids);
  }
  return llvm::Error::success();
}

llvm::Expected<HFConfig> ConfigReader::run() {
  using Step = llvm::Error (ConfigReader::*)();
  constexpr Step steps[] = {
      &ConfigReader::readArchitecture, &ConfigReader::readSizes,
      &ConfigReader::readRope,         &ConfigReader::readLayerKinds,
      &ConfigReader::readDense,        &ConfigReader::readExperts,
      &ConfigReader::readIds};
  for (Step step : steps)
    if (llvm::Error error = (this->*step)())
      return error;
  // Not moved member by member: `config` refers into `out`.
  return std::move(out);
}

/// The config of the text model; `object` is the outermost.
static llvm::Expected<HFConfig>
readModelConfig(const json::Object &object, llvm::StringRef file,
                std::vector<std::string> &warnings) {
  // A model that sees has the text model's config inside of its own, as its
  // weights have the text model's tensors.
  JSONReader outer(object, file);
  std::string type;
  const json::Object *textModel = nullptr;
  if (llvm::Error error = outer.read("model_type", type))
    return std::move(error);
  if (type != "lfm2_vl" && type != "lfm2-vl")
    return ConfigReader(object, file, warnings).run();
  if (llvm::Error error = outer.require("text_config", textModel))
    return std::move(error);
  const std::string inside = (file + ", text_config").str();
  llvm::Expected<HFConfig> config =
      ConfigReader(*textModel, inside, warnings).run();
  if (config)
    if (llvm::Error error =
            outer.read("tie_word_embeddings", config->model.tiedHead))
      return std::move(error);
  return config;
}

llvm::Expected<HFConfig>
lfm2c::readHFConfig(llvm::StringRef text, llvm::StringRef file,
                    std::vector<std::string> &warnings) {
  llvm::Expected<json::Document> object =
      parseJSONObject(text, file, maxConfigValues);
  if (!object)
    return object.takeError();
  llvm::Expected<HFConfig> config = readModelConfig(*object, file, warnings);
  if (!config)
    return config;
  auto scheme = readHFQuantization(JSONReader(*object, file));
  if (!scheme)
    return scheme.takeError();
  config->quantization = std::move(*scheme);
  return config;
}
