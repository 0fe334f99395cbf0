// What a model gives beside the next token: vectors of texts or of tokens, and
// logits at every position.
//
// Only bidirectional models have it. All of it is read from the checkpoint: a
// GGUF file's pooling and projections, the modules of a folder of
// sentence-transformers.

#ifndef LFM2C_LIB_MODEL_EMBEDDINGCONFIG_H
#define LFM2C_LIB_MODEL_EMBEDDINGCONFIG_H

#include "llvm/Support/Error.h"
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace lfm2c {

struct ModelConfig;

/// How the hidden states of a text's tokens become one. CLS is the first
/// token's, Last the last token's.
enum class Pooling : uint8_t { None, Mean, CLS, Last };

struct EmbeddingConfig {
  Pooling pooling = Pooling::None;
  bool hasVectors = false; // Gives vectors, of texts or of tokens.
  bool perToken = false;   // A vector for each token (ColBERT), not pooled.
  int64_t width = 0;       // Elements of a vector, after the projections.
  // Outputs of the dense layers behind the pooling, in their order. Their
  // weights are projectionName(0), projectionName(1) ...
  std::vector<int64_t> projections;
  bool normalize = true;  // Vectors have length 1 unless the user says not to.
  bool hasLogits = false; // A masked language model: logits at all positions.
  // Name and text of what is put in front of a text, "query" and "query: ".
  std::vector<std::pair<std::string, std::string>> prompts;
  std::string defaultPrompt; // A name of `prompts`, or empty.
  bool includePrompt = true; // Mean pooling takes the prompt's tokens, too.
  // Tokens whose vectors a document leaves out: punctuation. Sorted.
  std::vector<int32_t> skipIds;
  int64_t maxTokens = 0; // Of a text, with its special tokens; 0: not said.
};

/// The weight of a dense layer behind the pooling, counted from 0:
/// "dense_2.weight", as GGUF counts them.
std::string projectionName(size_t index);

/// Checks `config.embedding` by itself and against the model: vectors and
/// projections of possible and equal widths, a pooling exactly where there is
/// one vector a text, ids that are rows of the embedding, a default prompt that
/// is there. Part of verifyConfig().
llvm::Error verifyEmbedding(const ModelConfig &config);

} // namespace lfm2c

#endif // LFM2C_LIB_MODEL_EMBEDDINGCONFIG_H
