// The model's numbers as lfm2.* or lfm2moe.* keys.

#include "frontends/gguf/GGUFExport.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include <algorithm>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {

/// The value of expert_gating_func; scores are sigmoids in the whole family.
constexpr uint32_t gatingSigmoid = 2;

class ConfigWriter {
public:
  ConfigWriter(const ModelConfig &config, GGUFMetadata &out)
      : config(config), out(out),
        architecture(config.isMoE() ? "lfm2moe" : "lfm2") {}

  Error run() {
    out.setString("general.architecture", architecture);
    addSizes();
    if (config.isMoE())
      addExperts();
    if (Error error = addRope())
      return error;
    addEmbedding();
    return Error::success();
  }

private:
  std::string key(StringRef leaf) const {
    return architecture + "." + leaf.str();
  }
  void add(StringRef leaf, int64_t value) {
    out.setInt(key(leaf), uint32_t(value));
  }
  void addFloat(StringRef leaf, double value) {
    out.setFloat(key(leaf), float(value));
  }
  /// A number where all layers have the same, else a list.
  void addPerLayer(StringRef leaf, const std::vector<int32_t> &values) {
    if (llvm::all_equal(values))
      add(leaf, values.front());
    else
      out.setInts(key(leaf), values);
  }

  void addSizes();
  void addExperts();
  Error addRope();
  void addEmbedding();

  const ModelConfig &config;
  GGUFMetadata &out;
  const std::string architecture;
};

} // namespace

void ConfigWriter::addSizes() {
  add("block_count", int64_t(config.layers.size()));
  add("context_length", config.contextLength);
  add("embedding_length", config.hidden);
  // A layer of experts has no size of this kind; that of the dense ones, whose
  // number is told apart, stands for all.
  const auto dense = llvm::find_if(
      config.layers, [](const LayerConfig &l) { return !l.isMoE(); });
  const int64_t usual = dense == config.layers.end()
                            ? config.layers.front().ffnSize
                            : dense->ffnSize;
  std::vector<int32_t> ffn, kvHeads;
  for (const LayerConfig &layer : config.layers) {
    ffn.push_back(int32_t(layer.isMoE() ? usual : layer.ffnSize));
    kvHeads.push_back(int32_t(layer.kvHeads));
  }
  addPerLayer("feed_forward_length", ffn);
  add("attention.head_count", config.heads);
  // Always a list: zeros are the layers of convolutions.
  out.setInts(key("attention.head_count_kv"), kvHeads);
  addFloat("attention.layer_norm_rms_epsilon", config.normEps);
  if (config.headSize * config.heads != config.hidden)
    for (StringRef leaf : {"attention.key_length", "attention.value_length",
                           "rope.dimension_count"})
      add(leaf, config.headSize);
  add("vocab_size", config.vocab);
  add("shortconv.l_cache", config.convTaps);
}

void ConfigWriter::addExperts() {
  int64_t experts = 0, used = 0, leading = 0, usual = 0;
  for (const LayerConfig &layer : config.layers) {
    experts = std::max(experts, layer.experts);
    used = std::max(used, layer.expertsUsed);
    if (usual == 0 && layer.isMoE())
      usual = layer.ffnSize;
    leading += usual == 0;
  }
  std::vector<int32_t> sizes;
  for (const LayerConfig &layer : config.layers)
    sizes.push_back(int32_t(layer.isMoE() ? layer.ffnSize : usual));
  add("expert_count", experts);
  add("expert_used_count", used);
  addPerLayer("expert_feed_forward_length", sizes);
  add("leading_dense_block_count", leading);
  add("expert_gating_func", gatingSigmoid);
  if (!config.normTopK)
    out.setBool(key("expert_weights_norm"), false);
  if (config.routedScale != 1)
    addFloat("expert_weights_scale", config.routedScale);
}

Error ConfigWriter::addRope() {
  addFloat("rope.freq_base", config.ropeTheta);
  const RopeScaling &scaling = config.ropeScaling;
  if (scaling.isNeutral())
    return Error::success();
  if (scaling.kind == RopeScalingKind::Llama3 ||
      (scaling.kind == RopeScalingKind::Yarn && !scaling.truncate))
    return makeError("the rotary positions are scaled as {0}{1}, which a GGUF "
                     "file of this architecture cannot say; no such file can "
                     "be written of the model",
                     getName(scaling.kind),
                     scaling.truncate ? "" : " with \"truncate\": false");
  // What is left of it besides what YaRN's own factor gives.
  double magnitude = scaling.magnitude;
  out.setString(key("rope.scaling.type"), getName(scaling.kind));
  addFloat("rope.scaling.factor", scaling.factor);
  if (scaling.kind == RopeScalingKind::Yarn) {
    const RopeScaling usual;
    add("rope.scaling.original_context_length", scaling.originalContext);
    if (scaling.betaFast != usual.betaFast)
      addFloat("rope.scaling.yarn_beta_fast", scaling.betaFast);
    if (scaling.betaSlow != usual.betaSlow)
      addFloat("rope.scaling.yarn_beta_slow", scaling.betaSlow);
    if (scaling.extrapolation != usual.extrapolation)
      addFloat("rope.scaling.yarn_ext_factor", scaling.extrapolation);
    if (scaling.extrapolation != 0)
      magnitude /= yarnMagnitude(scaling.factor);
  }
  if (magnitude != 1)
    addFloat("rope.scaling.attn_factor", magnitude);
  return Error::success();
}

void ConfigWriter::addEmbedding() {
  if (config.causal)
    return;
  out.setBool(key("attention.causal"), false);
  const EmbeddingConfig &embedding = config.embedding;
  // The numbers of Pooling are those of the key.
  if (embedding.pooling != Pooling::None)
    add("pooling_type", int64_t(embedding.pooling));
  if (!embedding.projections.empty())
    add("embedding_length_out", embedding.width);
}

Error lfm2c::exportGGUFConfig(const ModelConfig &config, GGUFMetadata &out) {
  return ConfigWriter(config, out).run();
}

std::vector<std::string> lfm2c::listGGUFLimits(const ModelConfig &config) {
  std::vector<std::string> limits;
  auto add = [&](auto... words) {
    limits.push_back(llvm::formatv(words...).str());
  };
  const EmbeddingConfig &embedding = config.embedding;
  if (config.headSize * config.heads != config.hidden)
    add("{0} heads of {1} elements are not the {2} of the hidden size, and "
        "llama.cpp does not read such a model of this architecture",
        config.heads, config.headSize, config.hidden);
  if (embedding.projections.size() > 1)
    add("the model has {0} projections behind the pooling, of which llama.cpp "
        "knows the first alone",
        embedding.projections.size());
  if (!config.isMoE())
    return limits;
  bool seen = false, later = false, hasBias = true;
  for (const LayerConfig &layer : config.layers) {
    later |= seen && !layer.isMoE();
    seen |= layer.isMoE();
    hasBias &= !layer.isMoE() || layer.hasExpertBias;
  }
  if (later)
    add("dense layers stand behind layers of experts, and llama.cpp does not "
        "read such a model");
  if (!hasBias)
    add("there are layers of experts without exp_probs_b.bias, and llama.cpp "
        "does not read such a model");
  if (!config.normTopK)
    add("the weights of experts are not divided by their sum, but llama.cpp "
        "divides them");
  if (config.routedScale != 1)
    add("the weights of experts are multiplied by {0}, which llama.cpp leaves "
        "out",
        llvm::format("%.9g", config.routedScale));
  return limits;
}
