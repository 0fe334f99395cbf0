#include "lib/Compiler/Description.h"

#include "lfm2rt/abi.h"
#include "lib/Compiler/Compiler.h"
#include "lib/Compiler/Identity.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lfm2c;
namespace json = llvm::json;

/// What the model is, before any choice of the compiler.
static json::Object describeConfig(const ModelConfig &config) {
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
                      {"causal", config.causal},
                      {"tied_head", config.tiedHead},
                      {"layers", std::move(layers)}};
}

static json::Array describeVariants(const ModelDescription &model) {
  json::Array list;
  for (auto [variant, program] :
       llvm::zip(model.variants, model.program.variants)) {
    json::Array features, entries;
    for (const std::string &name : variant.requiredNames)
      features.push_back(name);
    for (const ProgramEntry &entry : program.entries)
      entries.push_back(json::Object{{"tokens", entry.tokens},
                                     {"scratch_bytes", entry.scratchBytes},
                                     {"near_bytes", entry.nearBytes}});
    const TargetFacts &facts = variant.facts;
    list.push_back(json::Object{{"name", variant.name},
                                {"features", std::move(features)},
                                {"dot", facts.dot},
                                {"vector_bits", facts.vectorBits},
                                {"lanes", facts.lanes},
                                {"near_memory_bytes", facts.nearBytes},
                                {"entries", std::move(entries)}});
  }
  return list;
}

json::Object lfm2c::describeModel(const ModelDescription &model) {
  const ProgramDescription &program = model.program;
  json::Object formats;
  for (const auto &[format, bytes] : model.weights.bytesByFormat)
    formats[format] = bytes;
  int64_t scratch = 0;
  for (const ProgramVariant &variant : program.variants)
    for (const ProgramEntry &entry : variant.entries)
      scratch = std::max(scratch, entry.scratchBytes);
  json::Object object = describeConfig(model.checkpoint->config);
  object["quantize"] = model.quantize;
  object["activations"] = getInfo(model.activations).word;
  object["weight_bytes_by_format"] = std::move(formats);
  object["weights_bytes"] = program.weightsBytes;
  object["decode_bytes"] = model.weights.decodeBytes;
  object["target"] = model.target;
  object["cpus"] = describeVariants(model);
  object["context_max"] = program.contextMax;
  object["state_fixed_bytes"] = program.stateFixedBytes;
  object["state_bytes_per_token"] = program.stateBytesPerToken;
  object["scratch_bytes"] = scratch;
  object["compiler"] = ("lfm2-compile " + getCompilerVersion()).str();
  object["abi_version"] = LFM2_ABI_VERSION;
  object["identity"] = formatIdentity(program.identity);
  object["weights_hash"] =
      llvm::formatv("xxh3:{0:x-16}", model.weightsHash).str();
  return object;
}

std::string lfm2c::formatInfo(const ModelDescription &model) {
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::formatv("{0:2}\n", json::Value(describeModel(model)));
  return text;
}

std::string lfm2c::formatDefaults(const ModelDescription &model,
                                  int64_t context) {
  const SamplingDefaults &sampling = model.checkpoint->config.sampling;
  lfm2_defaults defaults = {};
  defaults.temperature = sampling.temperature;
  defaults.top_p = sampling.topP;
  defaults.min_p = sampling.minP;
  defaults.repeat_penalty = sampling.repeatPenalty;
  defaults.top_k = sampling.topK;
  defaults.repeat_window = sampling.penaltyLastN;
  defaults.context = context;
  defaults.decode_bytes = model.weights.decodeBytes;
  return std::string(reinterpret_cast<const char *>(&defaults),
                     sizeof defaults);
}
