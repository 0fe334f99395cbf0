// What a configuration of vectors may say.
#include "lib/Model/EmbeddingConfig.h"
#include "lib/Model/ModelConfig.h"
#include "gtest/gtest.h"
#include <functional>

using namespace lfm2c;

namespace {

/// A bidirectional model with a vector of 32 elements a text.
ModelConfig makeConfig() {
  ModelConfig config;
  config.architecture = "lfm2";
  config.hidden = 64;
  config.vocab = 300;
  config.heads = 4;
  config.headSize = 16;
  config.convTaps = 3;
  config.contextLength = 512;
  config.normEps = 1e-5;
  config.ropeTheta = 1e6;
  config.causal = false;
  config.layers.resize(2);
  for (LayerConfig &layer : config.layers)
    layer.ffnSize = 96;
  config.embedding.hasVectors = true;
  config.embedding.pooling = Pooling::CLS;
  config.embedding.projections = {128, 32};
  config.embedding.width = 32;
  config.embedding.prompts = {{"query", "query: "}, {"document", ""}};
  config.embedding.defaultPrompt = "query";
  return config;
}

struct Case {
  const char *what;
  std::function<void(ModelConfig &, EmbeddingConfig &)> change;
  const char *expected; // The whole message; empty: none.
};

TEST(EmbeddingConfig, RefusesWhatDoesNotFit) {
  const Case cases[] = {
      {"as it is", [](ModelConfig &, EmbeddingConfig &) {}, ""},
      {"hidden states alone",
       [](ModelConfig &, EmbeddingConfig &e) { e = EmbeddingConfig(); }, ""},
      {"logits alone",
       [](ModelConfig &, EmbeddingConfig &e) {
         e = EmbeddingConfig();
         e.hasLogits = true;
       },
       ""},
      {"a vector a token",
       [](ModelConfig &, EmbeddingConfig &e) {
         e.perToken = true;
         e.pooling = Pooling::None;
         e.skipIds = {3, 299};
       },
       ""},
      {"no projections",
       [](ModelConfig &, EmbeddingConfig &e) {
         e.projections.clear();
         e.width = 64;
       },
       ""},
      {"another width", [](ModelConfig &, EmbeddingConfig &e) { e.width = 64; },
       "a vector has 32 elements behind the model's last layer, but the "
       "checkpoint says 64"},
      {"nine projections",
       [](ModelConfig &, EmbeddingConfig &e) { e.projections.assign(9, 32); },
       "vectors go through 8 projections or fewer, but the checkpoint has 9"},
      {"a projection to nothing",
       [](ModelConfig &, EmbeddingConfig &e) { e.projections[1] = 0; },
       "the outputs of projection 'dense_3.weight' must lie between 1 and "
       "262144, but the checkpoint says 0"},
      {"pooled tokens",
       [](ModelConfig &, EmbeddingConfig &e) { e.perToken = true; },
       "a vector for each token has no pooling, but the checkpoint says one"},
      {"texts without pooling",
       [](ModelConfig &, EmbeddingConfig &e) { e.pooling = Pooling::None; },
       "a vector for each text needs pooling, but the checkpoint says none"},
      {"a token that is no row",
       [](ModelConfig &, EmbeddingConfig &e) { e.skipIds = {300}; },
       "a token whose vectors are left out must lie between 0 and 299, but the "
       "checkpoint says 300"},
      {"another default prompt",
       [](ModelConfig &, EmbeddingConfig &e) { e.defaultPrompt = "passage"; },
       "the default prompt is 'passage', which is none of the 2 prompts of the "
       "checkpoint"},
      {"a prompt without a name",
       [](ModelConfig &, EmbeddingConfig &e) { e.prompts[1].first = ""; },
       "a prompt has a name and at most 65536 bytes, but the checkpoint's '' "
       "has a name of 0 and 0 bytes"},
      {"many prompts",
       [](ModelConfig &, EmbeddingConfig &e) {
         e.prompts.resize(1025, e.prompts[0]);
       },
       "a model has 1024 prompts or fewer, but the checkpoint has 1025"},
      {"texts of less than nothing",
       [](ModelConfig &, EmbeddingConfig &e) { e.maxTokens = -1; },
       "the tokens of a text must lie between 0 (any number) and 1073741824, "
       "but the checkpoint says -1"},
      {"vectors of a causal model",
       [](ModelConfig &c, EmbeddingConfig &) { c.causal = true; },
       "only a bidirectional model gives vectors or logits of all positions, "
       "but the checkpoint's is causal"},
      {"even taps", [](ModelConfig &c, EmbeddingConfig &) { c.convTaps = 4; },
       "a convolution that is centred on each token needs an odd count of "
       "taps, but the checkpoint says 4"},
  };
  for (const Case &test : cases) {
    ModelConfig config = makeConfig();
    test.change(config, config.embedding);
    EXPECT_EQ(llvm::toString(verifyConfig(config)), test.expected) << test.what;
  }
}

TEST(EmbeddingConfig, NamesProjectionsAsGGUFDoes) {
  EXPECT_EQ(projectionName(0), "dense_2.weight");
  EXPECT_EQ(projectionName(1), "dense_3.weight");
}

} // namespace
