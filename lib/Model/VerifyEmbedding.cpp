// Checks of what a bidirectional model gives.

#include "lib/Model/ModelConfig.h"
#include "lib/Support/Error.h"
#include <algorithm>

using namespace lfm2c;

namespace {

constexpr int64_t maxWidth = 1 << 18;
constexpr size_t maxProjections = 8, maxPrompts = 1 << 10,
                 maxPromptBytes = 1 << 16;

llvm::Error checkVectors(const ModelConfig &config) {
  const EmbeddingConfig &embedding = config.embedding;
  if (embedding.projections.size() > maxProjections)
    return makeError("vectors go through {0} projections or fewer, but the "
                     "checkpoint has {1}",
                     maxProjections, embedding.projections.size());
  for (size_t i = 0; i < embedding.projections.size(); ++i)
    if (const int64_t size = embedding.projections[i];
        size < 1 || size > maxWidth)
      return makeError("the outputs of projection {0} must lie between 1 and "
                       "{1}, but the checkpoint says {2}",
                       quoted(projectionName(i)), maxWidth, size);
  const int64_t width = embedding.projections.empty()
                            ? config.hidden
                            : embedding.projections.back();
  if (embedding.width != width)
    return makeError("a vector has {0} elements behind the model's last layer, "
                     "but the checkpoint says {1}",
                     width, embedding.width);
  if (embedding.perToken != (embedding.pooling == Pooling::None))
    return makeError("a vector for each {0} {1} pooling, but the checkpoint "
                     "says {2}",
                     embedding.perToken ? "token" : "text",
                     embedding.perToken ? "has no" : "needs",
                     embedding.perToken ? "one" : "none");
  return llvm::Error::success();
}

llvm::Error checkTexts(const ModelConfig &config) {
  const EmbeddingConfig &embedding = config.embedding;
  for (int32_t id : embedding.skipIds)
    if (id < 0 || id >= config.vocab)
      return makeError("a token whose vectors are left out must lie between 0 "
                       "and {0}, but the checkpoint says {1}",
                       config.vocab - 1, id);
  if (embedding.prompts.size() > maxPrompts)
    return makeError("a model has {0} prompts or fewer, but the checkpoint has "
                     "{1}",
                     maxPrompts, embedding.prompts.size());
  bool hasDefault = embedding.defaultPrompt.empty();
  for (const auto &[name, text] : embedding.prompts) {
    hasDefault |= name == embedding.defaultPrompt;
    if (name.empty() || name.size() > maxPromptBytes ||
        text.size() > maxPromptBytes)
      return makeError("a prompt has a name and at most {0} bytes, but the "
                       "checkpoint's {1} has a name of {2} and {3} bytes",
                       maxPromptBytes, quoted(name), name.size(), text.size());
  }
  if (!hasDefault)
    return makeError("the default prompt is {0}, which is none of the {1} "
                     "prompts of the checkpoint",
                     quoted(embedding.defaultPrompt), embedding.prompts.size());
  if (embedding.maxTokens < 0 || embedding.maxTokens > maxContext)
    return makeError("the tokens of a text must lie between 0 (any number) and "
                     "{0}, but the checkpoint says {1}",
                     maxContext, embedding.maxTokens);
  return llvm::Error::success();
}

} // namespace

llvm::Error lfm2c::verifyEmbedding(const ModelConfig &config) {
  const EmbeddingConfig &embedding = config.embedding;
  if (!config.causal && config.convTaps % 2 == 0 &&
      config.countLayers(LayerKind::Conv) != 0)
    return makeError("a convolution that is centred on each token needs an odd "
                     "count of taps, but the checkpoint says {0}",
                     config.convTaps);
  if (config.causal && (embedding.hasVectors || embedding.hasLogits))
    return makeError("only a bidirectional model gives vectors or logits of "
                     "all positions, but the checkpoint's is causal");
  if (embedding.hasVectors)
    if (llvm::Error error = checkVectors(config))
      return error;
  return checkTexts(config);
}
