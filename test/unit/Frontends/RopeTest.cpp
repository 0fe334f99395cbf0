// Rotary positions out of config.json and out of GGUF's keys: bases under their
// several names, scaled frequencies as transformers and llama.cpp have them.

#include "HFDamage.h"
#include "frontends/gguf/GGUFFrontend.h"
#include <cmath>

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

constexpr char plainRope[] =
    R"("rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"},)";

llvm::Expected<std::unique_ptr<Checkpoint>>
readWithKeys(llvm::StringRef keys, TemporaryDirectory &directory) {
  HFBuilder builder;
  builder.edit("config.json", "\"max_position_embeddings\"", "\"unused\"");
  builder.edit("config.json", plainRope, (keys + ",").str());
  return readBuilt(builder, directory);
}

struct RopeGolden {
  const char *keys; // Of config.json.
  double magnitude;
  std::vector<double> frequencies;
};

#include "RopeGolden.inc"

class ScaledRope : public testing::TestWithParam<RopeGolden> {};

TEST_P(ScaledRope, IsThatOfTransformers) {
  TemporaryDirectory directory;
  auto read = readWithKeys(GetParam().keys, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const ModelConfig &config = (*read)->config;
  EXPECT_DOUBLE_EQ(config.ropeScaling.magnitude, GetParam().magnitude);
  std::vector<double> scales =
      ropeScales(config.ropeScaling, config.headSize, config.ropeTheta);
  ASSERT_EQ(scales.size(), GetParam().frequencies.size());
  for (size_t i = 0; i < scales.size(); ++i) {
    double found = scales[i] * std::pow(config.ropeTheta, -2.0 * i / 32);
    // Those of transformers are rounded to f32, several times.
    EXPECT_NEAR(found / GetParam().frequencies[i], 1, 1e-6) << "pair " << i;
  }
}

void PrintTo(const RopeGolden &golden, std::ostream *os) { *os << golden.keys; }

INSTANTIATE_TEST_SUITE_P(All, ScaledRope, testing::ValuesIn(ropeGoldens));

struct ThetaCase {
  const char *keys;
  double theta;
  const char *warning;
};

TEST(Rope, TakesTheBaseThatTransformersTakes) {
  const ThetaCase cases[] = {
      {R"("theta": 5e6)", 5e6, ""},
      {R"("theta": 5e6, "rope_theta": 2e6)", 2e6,
       "theta is 5000000, but rope_theta is 2000000; using rope_theta, "
       "as transformers does"},
      {R"("theta": 2e6, "rope_theta": 2e6)", 2e6, ""},
      {R"("rope_theta": 2e6,
          "rope_parameters": {"rope_type": "default", "rope_theta": 3e6})",
       3e6, "but rope_parameters.rope_theta is 3000000"},
      {R"("rope_parameters": {"rope_type": "default"})", 1e6, ""},
      {R"("rope_theta": 2e6, "rope_parameters": {"rope_type": "default"})", 2e6,
       ""},
      {R"("rope_scaling": {"type": "default", "rope_theta": 4e6},
          "rope_parameters": {"rope_type": "default", "rope_theta": 3e6})",
       4e6, "rope_scaling and rope_parameters differ; using rope_scaling"},
      {R"("rope_scaling": {}, "rope_parameters": {"rope_theta": 3e6})", 3e6,
       ""},
      {R"("rope_parameters": {
            "full_attention": {"rope_type": "default", "rope_theta": 5e6},
            "conv": null})",
       5e6, ""},
      {R"("rope_parameters": {"conv": null,
            "full_attention": {"rope_type": "linear", "factor": 1.0}})",
       1e6, ""},
  };
  for (const ThetaCase &test : cases) {
    TemporaryDirectory directory;
    auto read = readWithKeys(test.keys, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ((*read)->config.ropeTheta, test.theta) << test.keys;
    EXPECT_EQ((*read)->config.ropeScaling.kind, RopeScalingKind::None);
    ASSERT_EQ((*read)->warnings.size(), *test.warning ? 1u : 0u) << test.keys;
    if (*test.warning)
      EXPECT_NE((*read)->warnings[0].find(test.warning), std::string::npos)
          << (*read)->warnings[0];
  }
}

TEST(Rope, RefusesWhatIsNotRotatedSo) {
  const struct {
    const char *keys, *expected;
  } cases[] = {
      {R"("rope_parameters": {"rope_type": "dynamic", "factor": 2.0})",
       "config.json, rope_parameters: RoPE type 'dynamic' is not supported; "
       "supported are 'default', 'linear', 'yarn' and 'llama3'"},
      {R"("rope_scaling": {"type": "longrope"})",
       "config.json, rope_scaling: RoPE type 'longrope' is not supported"},
      {R"("rope_scaling": {"type": "linear"})",
       "config.json, rope_scaling: key 'factor' is missing"},
      {R"("rope_parameters": {"rope_type": "yarn"})", "'factor' is missing"},
      {R"("rope_parameters": {"rope_type": "llama3", "factor": 8.0})",
       "key 'low_freq_factor' is missing"},
      {R"("rope_parameters": {"sliding_attention": {"rope_theta": 1e4}})",
       "an entry 'sliding_attention' is not supported; expected the parameters "
       "themselves, or entries for the kinds of layers"},
      {R"("rope_parameters": {"full_attention": {}, "rope_theta": 1e4})",
       "'rope_theta' stands beside entries for kinds of layers"},
      {R"("rope_parameters": {"full_attention": null, "conv": {}})",
       "expected an entry 'full_attention' with the parameters"},
      {R"("partial_rotary_factor": 0.5,
          "rope_scaling": {"type": "linear", "factor": 2.0})",
       "partial_rotary_factor is 0.5, but only 1, the rotation of whole heads, "
       "is supported"},
      {R"("rope_scaling": {"type": "linear", "factor": 0})",
       "the factor of the scaled RoPE must lie between 1e-06 and 1000000, but "
       "the checkpoint says 0"},
      {R"("rope_scaling": {"type": "yarn", "factor": 2.0,
          "original_max_position_embeddings": -4})",
       "the original context of the scaled RoPE must be 1 token or more, but "
       "the checkpoint says -4"},
      {R"("rope_scaling": {"type": "yarn", "factor": 2.0, "beta_fast": 1,
          "beta_slow": 32})",
       "YaRN needs a beta_fast of at least beta_slow"},
      {R"("rope_scaling": {"type": "llama3", "factor": 2.0,
          "low_freq_factor": 4, "high_freq_factor": 4})",
       "the high_freq_factor of the scaled RoPE must be above low_freq_factor"},
  };
  for (const auto &test : cases) {
    TemporaryDirectory directory;
    std::string message = errorOf(readWithKeys(test.keys, directory));
    EXPECT_NE(message.find(test.expected), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
  }
}

struct GGUFCase {
  const char *what;
  std::function<void(GGUFBuilder &)> set;
  RopeScalingKind kind;
  double factor, magnitude;
};

// Magnitudes by the formulas of llama.cpp: what it sets in its parameters times
// what its kernel multiplies with.
TEST(Rope, MeansInGGUFWhatLlamaCppMeans) {
  using Kind = RopeScalingKind;
  const GGUFCase cases[] = {
      {"nothing", [](GGUFBuilder &) {}, Kind::None, 1, 1},
      {"a factor without a type",
       [](GGUFBuilder &b) { b.setF32("lfm2.rope.scaling.factor", 2); },
       Kind::Linear, 2, 1},
      {"its older key",
       [](GGUFBuilder &b) { b.setF32("lfm2.rope.scale_linear", 4); },
       Kind::Linear, 4, 1},
      {"a factor of another type",
       [](GGUFBuilder &b) { b.setU32("lfm2.rope.scaling.factor", 2); },
       Kind::Linear, 2, 1},
      {"factor 0",
       [](GGUFBuilder &b) { b.setF32("lfm2.rope.scaling.factor", 0); },
       Kind::None, 1, 1},
      {"factor 1",
       [](GGUFBuilder &b) {
         b.setText("lfm2.rope.scaling.type", "yarn");
         b.setF32("lfm2.rope.scaling.factor", 1);
       },
       Kind::None, 1, 1},
      {"a factor of type none",
       [](GGUFBuilder &b) {
         b.setText("lfm2.rope.scaling.type", "none");
         b.setF32("lfm2.rope.scaling.factor", 2);
       },
       Kind::None, 1, 1},
      {"linear with a magnitude",
       [](GGUFBuilder &b) {
         b.setF32("lfm2.rope.scaling.factor", 2);
         b.setF32("lfm2.rope.scaling.attn_factor", 1.5);
       },
       Kind::Linear, 2, 1.5},
      {"yarn",
       [](GGUFBuilder &b) {
         b.setText("lfm2.rope.scaling.type", "yarn");
         b.setF32("lfm2.rope.scaling.factor", 4);
         b.setU32("lfm2.rope.scaling.original_context_length", 1024);
       },
       Kind::Yarn, 4, 1.1386294361119891},
      {"yarn with a magnitude",
       [](GGUFBuilder &b) {
         b.setText("lfm2.rope.scaling.type", "yarn");
         b.setF32("lfm2.rope.scaling.factor", 4);
         b.setF32("lfm2.rope.scaling.attn_factor", 0.5);
         b.setF32("lfm2.rope.scaling.yarn_ext_factor", -1);
       },
       Kind::Yarn, 4, 0.56931471805599453},
      {"yarn with a multiplier of the logarithm",
       [](GGUFBuilder &b) {
         b.setText("lfm2.rope.scaling.type", "yarn");
         b.setF32("lfm2.rope.scaling.factor", 4);
         b.setF32("lfm2.rope.scaling.yarn_log_multiplier", 1);
       },
       Kind::Yarn, 4, 1},
      {"yarn without extrapolation",
       [](GGUFBuilder &b) {
         b.setText("lfm2.rope.scaling.type", "yarn");
         b.setF32("lfm2.rope.scaling.factor", 4);
         b.setF32("lfm2.rope.scaling.yarn_ext_factor", 0);
         b.setF32("lfm2.rope.scaling.yarn_attn_factor", 1.25);
       },
       Kind::Yarn, 4, 1.25},
  };
  for (const GGUFCase &test : cases) {
    GGUFBuilder builder;
    test.set(builder);
    std::vector<uint8_t> bytes = builder.build();
    auto read = readGGUFMemory(bytes, "t.gguf");
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    const RopeScaling &scaling = (*read)->config.ropeScaling;
    EXPECT_EQ(scaling.kind, test.kind) << test.what;
    EXPECT_EQ(scaling.factor, test.factor) << test.what;
    EXPECT_DOUBLE_EQ(scaling.magnitude, test.magnitude) << test.what;
    EXPECT_TRUE((*read)->warnings.empty()) << (*read)->warnings[0];
  }
}

TEST(Rope, OfYarnIsTheSameFromBothContainers) {
  TemporaryDirectory directory;
  auto hf = readWithKeys(
      R"("rope_parameters": {"rope_theta": 1e6, "rope_type": "yarn",
         "factor": 8.0, "original_max_position_embeddings": 16384,
         "beta_fast": 64.0, "beta_slow": 2.0})",
      directory);
  ASSERT_TRUE(bool(hf)) << llvm::toString(hf.takeError());
  GGUFBuilder builder;
  builder.setText("lfm2.rope.scaling.type", "yarn");
  builder.setF32("lfm2.rope.scaling.factor", 8);
  builder.setU32("lfm2.rope.scaling.original_context_length", 16384);
  builder.setF32("lfm2.rope.scaling.yarn_beta_fast", 64);
  builder.setF32("lfm2.rope.scaling.yarn_beta_slow", 2);
  // As converters write it, which llama.cpp does not follow.
  builder.setF32("lfm2.rope.scaling.yarn_attn_factor", 3);
  std::vector<uint8_t> bytes = builder.build();
  auto gguf = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(gguf)) << llvm::toString(gguf.takeError());
  const RopeScaling &a = (*hf)->config.ropeScaling,
                    &b = (*gguf)->config.ropeScaling;
  EXPECT_EQ(ropeScales(a, 32, 1e6), ropeScales(b, 32, 1e6));
  EXPECT_EQ(a.magnitude, b.magnitude);
  ASSERT_EQ((*gguf)->warnings.size(), 1u);
  EXPECT_NE((*gguf)->warnings[0].find(
                "lfm2.rope.scaling.yarn_attn_factor is 3, but the factor "
                "gives 1.20794415; using 1.20794415, as llama.cpp does"),
            std::string::npos)
      << (*gguf)->warnings[0];
}

} // namespace
