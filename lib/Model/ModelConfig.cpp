#include "lib/Model/ModelConfig.h"
#include "lib/Support/Error.h"
#include <algorithm>
#include <cmath>

using namespace lfm2c;

bool ModelConfig::isMoE() const {
  return std::any_of(layers.begin(), layers.end(),
                     [](const LayerConfig &layer) { return layer.isMoE(); });
}

int64_t ModelConfig::countLayers(LayerKind kind) const {
  return std::count_if(
      layers.begin(), layers.end(),
      [kind](const LayerConfig &layer) { return layer.kind == kind; });
}

namespace {

// Far above any model of the family; their products stay inside 63 bits.
constexpr int64_t maxHidden = 1 << 18, maxVocab = 1 << 24, maxHeads = 1 << 12,
                  maxHeadSize = 1 << 12, maxTaps = 64, maxLayers = 1 << 12,
                  maxFFN = 1 << 22, maxExperts = 1 << 12;
// Keys and values of one token, over all layers, in f32.
constexpr int64_t maxStateBytes = int64_t(1) << 32;

/// " (hidden_size in config.json)", or nothing.
std::string inKey(const ModelConfig &config, llvm::StringRef what) {
  std::string key = configKey(config, what);
  return key.empty() ? key : " (" + key + ")";
}

llvm::Error checkRange(const ModelConfig &config, llvm::StringRef what,
                       int64_t value, int64_t low, int64_t high) {
  if (value >= low && value <= high)
    return llvm::Error::success();
  return makeError("the model's {0} must lie between {1} and {2}, but the "
                   "checkpoint says {3}{4}",
                   what, low, high, value, inKey(config, what));
}

llvm::Error checkLayer(const ModelConfig &config, int64_t index) {
  const LayerConfig &layer = config.layers[index];
  std::string of = " of layer " + std::to_string(index);
  if (layer.kind == LayerKind::Attention) {
    if (llvm::Error error = checkRange(config, "KV head count" + of,
                                       layer.kvHeads, 1, config.heads))
      return error;
    if (config.heads % layer.kvHeads != 0)
      return makeError("the head count must be a multiple of the KV head "
                       "count{0}, but {1} is no multiple of {2}",
                       of, config.heads, layer.kvHeads);
  }
  if (llvm::Error error =
          checkRange(config,
                     layer.isMoE() ? "feed-forward size of an expert" + of
                                   : "feed-forward size" + of,
                     layer.ffnSize, 1, maxFFN))
    return error;
  if (llvm::Error error =
          checkRange(config, "expert count" + of, layer.experts, 0, maxExperts))
    return error;
  if (!layer.isMoE())
    return llvm::Error::success();
  return checkRange(config, "count of experts used" + of, layer.expertsUsed, 1,
                    layer.experts);
}

llvm::Error checkSampling(const ModelConfig &config) {
  const SamplingDefaults &sampling = config.sampling;
  const struct {
    llvm::StringRef what;
    double value;
  } numbers[] = {
      {"temperature", sampling.temperature},
      {"top-p", sampling.topP},
      {"min-p", sampling.minP},
      {"repetition penalty", sampling.repeatPenalty},
  };
  for (const auto &number : numbers)
    if (!(number.value >= 0 && number.value <= 100)) // NaN fails too.
      return makeError("the sampling's {0} must lie between 0 and 100, but the "
                       "checkpoint says {1}",
                       number.what, number.value);
  if (sampling.repeatPenalty == 0)
    return makeError("the sampling's repetition penalty must be above 0 (1 is "
                     "none), but the checkpoint says 0");
  if (llvm::Error error =
          checkRange(config, "top-k of sampling", sampling.topK, 0, INT32_MAX))
    return error;
  return checkRange(config, "window of the repetition penalty",
                    sampling.penaltyLastN, 0, INT32_MAX);
}

} // namespace

llvm::Error lfm2c::verifyConfig(const ModelConfig &config) {
  const struct {
    llvm::StringRef what;
    int64_t value, high;
  } ranges[] = {
      {"hidden size", config.hidden, maxHidden},
      {"vocabulary size", config.vocab, maxVocab},
      {"head count", config.heads, maxHeads},
      {"head size", config.headSize, maxHeadSize},
      {"count of convolution taps", config.convTaps, maxTaps},
      {"context length", config.contextLength, maxContext},
      {"layer count", int64_t(config.layers.size()), maxLayers},
  };
  for (const auto &range : ranges)
    if (llvm::Error error =
            checkRange(config, range.what, range.value, 1, range.high))
      return error;
  if (config.convTaps < 2 && config.countLayers(LayerKind::Conv) != 0)
    return makeError("a convolution layer needs 2 taps or more, but the "
                     "checkpoint says {0}",
                     config.convTaps);
  if (config.headSize % 2 != 0 && config.countLayers(LayerKind::Attention))
    return makeError("the head size must be even for rotary positions, but "
                     "the checkpoint says {0}",
                     config.headSize);
  // Written so that NaN fails too.
  if (!(config.normEps > 0 && config.normEps < 1))
    return makeError("the epsilon of the norms must lie between 0 and 1, but "
                     "the checkpoint says {0}{1}",
                     config.normEps, inKey(config, "epsilon of the norms"));
  if (!(config.ropeTheta > 1 && config.ropeTheta < 1e12))
    return makeError("the RoPE base must lie between 1 and 1e12, but the "
                     "checkpoint says {0}{1}",
                     config.ropeTheta, inKey(config, "RoPE base"));
  if (llvm::Error error = verifyRopeScaling(config.ropeScaling))
    return error;
  if (!(std::fabs(config.routedScale) < 1e6))
    return makeError("the scale of the routed experts must be a finite "
                     "number, but the checkpoint says {0}{1}",
                     config.routedScale,
                     inKey(config, "scale of the routed experts"));
  int64_t stateBytes = 0; // Below 2^12 layers of 2^27 bytes.
  for (size_t i = 0; i < config.layers.size(); ++i) {
    if (llvm::Error error = checkLayer(config, i))
      return error;
    stateBytes +=
        2 * sizeof(float) * config.layers[i].kvHeads * config.headSize;
  }
  if (stateBytes > maxStateBytes)
    return makeError("the keys and values of a token must take {0} bytes or "
                     "less, but those of the checkpoint's {1} layers take {2}",
                     maxStateBytes, config.layers.size(), stateBytes);
  if (llvm::Error error = checkSampling(config))
    return error;
  return verifyEmbedding(config);
}
