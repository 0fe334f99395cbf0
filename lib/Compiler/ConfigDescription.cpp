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

llvm::StringRef lfm2c::getName(Pooling pooling) {
  switch (pooling) {
  case Pooling::None:
    return "none";
  case Pooling::Mean:
    return "mean";
  case Pooling::CLS:
    return "cls";
  case Pooling::Last:
    return "last";
  }
  llvm_unreachable("covered switch");
}

/// What a bidirectional model gives, and how it wants its texts.
static json::Object describeEmbedding(const EmbeddingConfig &embedding) {
  json::Object prompts;
  for (const auto &[name, text] : embedding.prompts)
    prompts[json::fixUTF8(name)] = json::fixUTF8(text);
  json::Value defaultPrompt = nullptr;
  if (!embedding.defaultPrompt.empty())
    defaultPrompt = json::fixUTF8(embedding.defaultPrompt);
  return json::Object{{"vectors", !embedding.hasVectors ? "none"
                                  : embedding.perToken  ? "of tokens"
                                                        : "of texts"},
                      {"pooling", getName(embedding.pooling)},
                      {"width", embedding.width},
                      {"projections", json::Array(embedding.projections)},
                      {"normalize", embedding.normalize},
                      {"logits", embedding.hasLogits},
                      {"prompts", std::move(prompts)},
                      {"default_prompt", std::move(defaultPrompt)},
                      {"include_prompt", embedding.includePrompt},
                      {"skipped_tokens", json::Array(embedding.skipIds)},
                      {"max_tokens", embedding.maxTokens}};
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
  json::Object object{{"model", config.name},
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
  if (!config.causal)
    object["embedding"] = describeEmbedding(config.embedding);
  return object;
}

json::Object lfm2c::describeSampling(const SamplingDefaults &sampling) {
  return json::Object{{"temperature", sampling.temperature},
                      {"top_k", sampling.topK},
                      {"top_p", sampling.topP},
                      {"min_p", sampling.minP},
                      {"repeat_penalty", sampling.repeatPenalty},
                      {"repeat_window", sampling.penaltyLastN}};
}
