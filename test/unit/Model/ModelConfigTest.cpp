// What a model's configuration may say, and what follows from it.
#include "lib/Model/ModelConfig.h"
#include "lib/Model/TokenizerSpec.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>

using namespace lfm2c;

namespace {

/// The numbers of the 1.2B model.
ModelConfig makeConfig() {
  ModelConfig config;
  config.name = "LFM2-1.2B";
  config.architecture = "lfm2";
  config.hidden = 2048;
  config.vocab = 65536;
  config.heads = 32;
  config.headSize = 64;
  config.convTaps = 3;
  config.contextLength = 128000;
  config.normEps = 1e-5;
  config.ropeTheta = 1e6;
  for (int i = 0; i < 16; ++i) {
    LayerConfig layer;
    layer.kind = i % 3 == 2 ? LayerKind::Attention : LayerKind::Conv;
    layer.kvHeads = i % 3 == 2 ? 8 : 0;
    layer.ffnSize = 8192;
    config.layers.push_back(layer);
  }
  return config;
}

struct Case {
  const char *what;
  std::function<void(ModelConfig &)> change;
  const char *expected;
};

TEST(ModelConfig, RefusesImpossibleNumbers) {
  const Case cases[] = {
      {"as published", [](ModelConfig &) {}, ""},
      {"hidden 0", [](ModelConfig &c) { c.hidden = 0; }, "hidden size"},
      {"hidden -1", [](ModelConfig &c) { c.hidden = -1; }, "says -1"},
      {"hidden huge", [](ModelConfig &c) { c.hidden = int64_t(1) << 40; },
       "hidden size"},
      {"vocab 0", [](ModelConfig &c) { c.vocab = 0; }, "vocabulary size"},
      {"heads 0", [](ModelConfig &c) { c.heads = 0; }, "head count"},
      {"odd heads", [](ModelConfig &c) { c.headSize = 63; },
       "head size must be even"},
      {"taps 1", [](ModelConfig &c) { c.convTaps = 1; },
       "a convolution layer needs 2 taps or more, but the checkpoint says 1"},
      {"taps 7", [](ModelConfig &c) { c.convTaps = 7; }, ""},
      {"no layers", [](ModelConfig &c) { c.layers.clear(); }, "layer count"},
      {"no context", [](ModelConfig &c) { c.contextLength = 0; },
       "context length"},
      {"eps NaN", [](ModelConfig &c) { c.normEps = NAN; },
       "epsilon of the norms"},
      {"eps negative", [](ModelConfig &c) { c.normEps = -1e-5; },
       "epsilon of the norms"},
      {"theta NaN", [](ModelConfig &c) { c.ropeTheta = NAN; }, "RoPE base"},
      {"theta 0", [](ModelConfig &c) { c.ropeTheta = 0; }, "RoPE base"},
      {"scale NaN", [](ModelConfig &c) { c.routedScale = NAN; },
       "scale of the routed experts"},
      {"KV heads 0", [](ModelConfig &c) { c.layers[2].kvHeads = 0; },
       "KV head count of layer 2"},
      {"KV heads 5", [](ModelConfig &c) { c.layers[2].kvHeads = 5; },
       "32 is no multiple of 5"},
      {"no feed-forward", [](ModelConfig &c) { c.layers[3].ffnSize = 0; },
       "feed-forward size of layer 3"},
      {"no expert used", [](ModelConfig &c) { c.layers[3].experts = 4; },
       "experts used of layer 3 must lie between 1 and 4"},
      {"keys and values of 16 GiB a token",
       [](ModelConfig &c) {
         c.heads = 1 << 12;
         c.headSize = 1 << 12;
         c.layers.resize(128, c.layers[2]);
         for (LayerConfig &layer : c.layers) {
           layer = c.layers[2];
           layer.kvHeads = 1 << 12;
         }
       },
       "the keys and values of a token must take 4294967296 bytes or less, but "
       "those of the checkpoint's 128 layers take 17179869184"},
      {"scaled, but by nothing",
       [](ModelConfig &c) {
         c.ropeScaling.kind = RopeScalingKind::Linear;
         c.ropeScaling.factor = NAN;
       },
       "the factor of the scaled RoPE must lie between 1e-06 and 1000000, but "
       "the checkpoint says nan"},
      {"experts huge", [](ModelConfig &c) { c.layers[3].experts = INT64_MAX; },
       "expert count of layer 3"},
  };
  for (const Case &test : cases) {
    ModelConfig config = makeConfig();
    test.change(config);
    std::string message = llvm::toString(verifyConfig(config));
    if (!*test.expected)
      EXPECT_EQ(message, "") << test.what;
    else
      EXPECT_NE(message.find(test.expected), std::string::npos)
          << test.what << ": " << message;
  }
}

TEST(ModelConfig, CountsLayers) {
  ModelConfig config = makeConfig();
  EXPECT_EQ(config.countLayers(LayerKind::Attention), 5);
  EXPECT_EQ(config.countLayers(LayerKind::Conv), 11);
  EXPECT_FALSE(config.isMoE());
  config.layers[4].experts = 8;
  EXPECT_TRUE(config.isMoE());
}

TEST(ModelConfig, KnowsTheRecommendedSampling) {
  const struct {
    const char *name;
    double temperature;
    int64_t topK;
    double minP;
  } cases[] = {
      {"LFM2-700M", 0.3, 0, 0.15},
      {"LFM2 1.2B", 0.3, 0, 0.15},
      {"LFM2-24B-A2B", 0.1, 50, 0},
      {"LFM2.5-1.2B-Instruct", 0.1, 50, 0},
      {"LFM2.5 1.2B Thinking", 0.05, 50, 0},
      {"lfm2.5_2.6b", 0.2, 80, 0},
      {"LFM2.5-8B-A1B", 0.2, 80, 0},
      {"LFM2-1.2B-Extract", 0, 0, 0},
      {"my-model", 0.3, 0, 0.15},
  };
  for (const auto &test : cases) {
    ModelConfig config = makeConfig();
    config.name = test.name;
    SamplingDefaults sampling = recommendedSampling(config);
    EXPECT_EQ(sampling.temperature, test.temperature) << test.name;
    EXPECT_EQ(sampling.topK, test.topK) << test.name;
    EXPECT_EQ(sampling.minP, test.minP) << test.name;
    EXPECT_EQ(sampling.repeatPenalty, 1.05) << test.name;
  }
  ModelConfig config = makeConfig();
  config.name = "model";
  config.vocab = 128000;
  EXPECT_EQ(recommendedSampling(config).topK, 80);
}

TEST(TokenizerSpec, CompletesTheStopTokens) {
  TokenizerSpec spec;
  spec.added = {{0, "<|pad|>", true},
                {2, "<|endoftext|>", true},
                {7, "<|im_end|>", true}};
  spec.eos = 7;
  spec.stop = {9, 7};
  finishTokenizer(spec);
  EXPECT_EQ(spec.stop, (std::vector<int32_t>{2, 7, 9}));
}

} // namespace
