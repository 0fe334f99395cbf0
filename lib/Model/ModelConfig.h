// What a checkpoint says about its model, whatever file it came from.
//
// Parameters are data: the map of layers, taps, head counts, theta and eps are
// read, never assumed. Sizes are in elements.

#ifndef LFM2C_LIB_MODEL_MODELCONFIG_H
#define LFM2C_LIB_MODEL_MODELCONFIG_H

#include "lib/Model/EmbeddingConfig.h"
#include "lib/Model/RopeScaling.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <vector>

namespace lfm2c {

/// Whose words messages about a checkpoint use: "lfm2.block_count" or
/// "num_hidden_layers".
enum class Wording : uint8_t { GGUF, HuggingFace };

enum class LayerKind : uint8_t { Conv, Attention };

struct LayerConfig {
  LayerKind kind = LayerKind::Conv;
  int64_t kvHeads = 0; // Attention layers only.
  int64_t ffnSize = 0; // Rows of gate and up; of one expert if experts > 0.
  int64_t experts = 0; // 0: a dense feed-forward block.
  // Experts that one token goes through. Also in dense layers of a model with
  // experts, in case the tensors show that the layer has some.
  int64_t expertsUsed = 0;
  bool hasExpertBias = false; // Added to the scores for the selection only.

  bool isMoE() const { return experts > 0; }
};

/// Tokens of the longest context that a program can be made for: positions are
/// 32-bit in the ABI, and some room is kept for steps behind them.
constexpr int64_t maxContext = 1 << 30;

/// Rows of the embedding of the later models of LFM2.5, those of 2.6B and
/// 8B-A1B; all others have 65536.
constexpr int64_t largeVocab = 128000;

/// What the executable samples with unless told otherwise. Neutral values
/// switch a step off; temperature 0 is greedy.
struct SamplingDefaults {
  double temperature = 0.3;
  int64_t topK = 0; // 0: off.
  double topP = 1;  // 1: off.
  double minP = 0;  // 0: off.
  double repeatPenalty = 1.05;
  int64_t penaltyLastN = 64; // Tokens that the penalty looks back.
};

struct ModelConfig {
  std::string name;
  std::string architecture; // "lfm2" or "lfm2moe".
  Wording wording = Wording::GGUF;
  int64_t hidden = 0;
  int64_t vocab = 0; // Rows of the embedding; may exceed the tokenizer's ids.
  int64_t heads = 0;
  int64_t headSize = 0;
  int64_t convTaps = 0;
  int64_t contextLength = 0;
  double normEps = 0;
  double ropeTheta = 0;
  RopeScaling ropeScaling;
  bool causal = true; // Else bidirectional: `embedding` says what it gives.
  bool tiedHead = true;
  bool normTopK = true; // Expert weights are divided by their sum.
  double routedScale = 1;
  std::vector<LayerConfig> layers;
  SamplingDefaults sampling;
  EmbeddingConfig embedding; // Of a bidirectional model.

  bool isMoE() const;
  int64_t countLayers(LayerKind kind) const;
};

/// The key that holds the value which messages call `what` ("hidden size"), in
/// the words of the file: "hidden_size in config.json",
/// "lfm2.embedding_length". Empty where there is none.
std::string configKey(const ModelConfig &config, llvm::StringRef what);

/// Checks every number of `config` by itself and against the others: positive,
/// finite, within limits that keep products inside 63 bits, KV heads dividing
/// heads, sampling that the sampler can follow. The message names the value,
/// what was expected and what was found,
/// and the file's key of it.
llvm::Error verifyConfig(const ModelConfig &config);

/// Takes the words that other programs have for "off" as what they mean: top-k
/// below 0 keeps every token.
void settleSampling(SamplingDefaults &sampling);

/// The values recommended for the model, found by its name ("LFM2.5-1.2B-
/// Thinking") and, where that says nothing, by its shape.
SamplingDefaults recommendedSampling(const ModelConfig &config);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_MODELCONFIG_H
