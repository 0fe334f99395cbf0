#include "lib/Compiler/ConfigDescription.h"

using namespace lfm2c;
namespace json = llvm::json;

/// Null where the rotary positions are not scaled.
static json::Value describeScaling(const RopeScaling &scaling) {
  if (scaling.isNeutral())
    return nullptr;
  json::Object object{{"type", getName(scaling.kind)},
                      {"factor", scaling.factor},
                      {"magnitude", scaling.magnitude}};
  if (scaling.originalContext != 0)
    object["original_context"] = scaling.originalContext;
  if (scaling.kind == RopeScalingKind::Yarn) {
    object["beta_fast"] = scaling.betaFast;
    object["beta_slow"] = scaling.betaSlow;
    object["extrapolation"] = scaling.extrapolation;
    object["truncate"] = scaling.truncate;
  }
  if (scaling.kind == RopeScalingKind::Llama3) {
    object["low_frequency"] = scaling.lowFrequency;
    object["high_frequency"] = scaling.highFrequency;
  }
  return object;
}

json::Object lfm2c::describeConfig(const ModelConfig &config) {
  json::Array layers;
  for (const LayerConfig &layer : config.layers) {
    json::Object entry{
        {"kind", layer.kind == LayerKind::Conv ? "conv" : "attention"},
        {"ffn", layer.ffnSize}};
    if (layer.kind == LayerKind::Attention)
      entry["kv_heads"] = layer.kvHeads;
    if (layer.isMoE()) {
      entry["experts"] = layer.experts;
      entry["experts_used"] = layer.expertsUsed;
      entry["expert_bias"] = layer.hasExpertBias;
    }
    layers.push_back(std::move(entry));
  }
  return json::Object{{"model", config.name},
                      {"architecture", config.architecture},
                      {"hidden", config.hidden},
                      {"vocab", config.vocab},
                      {"heads", config.heads},
                      {"head_size", config.headSize},
                      {"conv_taps", config.convTaps},
                      {"context_of_model", config.contextLength},
                      {"norm_eps", config.normEps},
                      {"rope_theta", config.ropeTheta},
                      {"rope_scaling", describeScaling(config.ropeScaling)},
                      {"causal", config.causal},
                      {"tied_head", config.tiedHead},
                      {"norm_top_k", config.normTopK},
                      {"routed_scale", config.routedScale},
                      {"layers", std::move(layers)}};
}

json::Object lfm2c::describeSampling(const SamplingDefaults &sampling) {
  return json::Object{{"temperature", sampling.temperature},
                      {"top_k", sampling.topK},
                      {"top_p", sampling.topP},
                      {"min_p", sampling.minP},
                      {"repeat_penalty", sampling.repeatPenalty},
                      {"repeat_window", sampling.penaltyLastN}};
}
