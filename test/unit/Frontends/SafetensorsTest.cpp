// Hugging Face directories that are read as they should be: as GGUF files of
// the same model, with what their other files say.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

TEST(Safetensors, DenseIsLikeGGUF) { expectLikeGGUF(HFBuilder(), false); }

TEST(Safetensors, ExpertsOneByOneAreLikeGGUF) {
  expectLikeGGUF(HFBuilder(/*moe=*/true), true);
}

TEST(Safetensors, StackedExpertsAreLikeGGUF) {
  expectLikeGGUF(HFBuilder(/*moe=*/true, /*stackedExperts=*/true), true);
}

TEST(Safetensors, ShardsAreLikeGGUF) {
  HFBuilder builder(/*moe=*/true);
  builder.packShards(5); // Splits the experts of a layer, too.
  expectLikeGGUF(builder, true);
}

TEST(Safetensors, NamesWithoutPrefixAreLikeGGUF) {
  HFBuilder builder;
  for (TinyTensor &tensor : builder.tensors)
    tensor.hfName = tensor.hfName.substr(strlen("model."));
  builder.pack();
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, OldKeysAreLikeGGUF) {
  HFBuilder builder;
  builder.edit("config.json",
               R"("rope_parameters": {"rope_theta": 1000000.0, )"
               R"("rope_type": "default"},)",
               R"("theta": 1000000.0,)");
  builder.edit("config.json", R"("tie_word_embeddings": true,)",
               R"("tie_embedding": true, "tie_word_embeddings": false,)");
  builder.edit("config.json", R"("layer_types": ["conv", "full_attention"],)",
               R"("full_attn_idxs": [1],)");
  // 2/3 of 100 is 66, and the next multiple of 32 is 96.
  builder.edit("config.json", R"("block_auto_adjust_ff_dim": false,)",
               R"("block_auto_adjust_ff_dim": true, "block_multiple_of": 32,
                  "block_ffn_dim_multiplier": 1.0, "block_ff_dim": 100,)");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, MergesAsTextsAreLikeGGUF) {
  HFBuilder builder;
  builder.edit("tokenizer.json", R"([["a", "b"], ["ab", "c"]])",
               R"(["a b", "ab c"])");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, TheTemplateOfTheTokenizerConfigCountsAlone) {
  HFBuilder builder;
  builder.files.erase("chat_template.jinja");
  builder.edit("tokenizer_config.json", "\"unused\"",
               R"([{"name": "other", "template": "x"},
                   {"name": "default", "template": "{{ bos_token }}"}])");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, NegativeIdsMeanNone) {
  HFBuilder builder;
  editConfig(builder, "\"pad_token_id\": 0", "\"pad_token_id\": -1");
  editConfig(builder, "\"eos_token_id\": 4", "\"eos_token_id\": [-1, 4]");
  builder.files["generation_config.json"] = R"({"pad_token_id": -1})";
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->tokenizer.eos, 4);
}

TEST(Safetensors, WholeNumbersMayBeWrittenAsFractions) {
  HFBuilder builder;
  editConfig(builder, "\"num_attention_heads\": 2",
             "\"num_attention_heads\": 2.0");
  expectLikeGGUF(builder, false);
}

TEST(Safetensors, ContextsBeyondThePositionsAreLimited) {
  for (const char *length :
       {"2147483632", "2147483647", "9223372036854775807"}) {
    HFBuilder builder;
    editConfig(builder, "\"max_position_embeddings\": 1000",
               ("\"max_position_embeddings\": " + std::string(length)).c_str());
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ((*read)->config.contextLength, 1073741824);
    ASSERT_EQ((*read)->warnings.size(), 1u);
    EXPECT_EQ((*read)->warnings[0], "the metadata says a context of " +
                                        std::string(length) +
                                        " tokens; using 1073741824, the "
                                        "longest of a program");
  }
}

TEST(Safetensors, TopKBelowZeroIsOff) {
  HFBuilder builder;
  builder.files["generation_config.json"] =
      R"({"do_sample": true, "top_k": -1, "min_p": null, "top_p": null})";
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.sampling.topK, 0);
  EXPECT_EQ((*read)->config.sampling.topP, 1);
}

TEST(Safetensors, BiasOfExpertsIsLeftOutWhereTheConfigSaysSo) {
  HFBuilder builder(/*moe=*/true);
  editConfig(builder, "\"use_expert_bias\": true",
             "\"use_expert_bias\": false");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_FALSE((*read)->config.layers[1].hasExpertBias);
  EXPECT_EQ((*read)->find("blk.1.exp_probs_b.bias"), nullptr);
}

TEST(Safetensors, GenerationConfigAddsStopsAndSampling) {
  HFBuilder builder;
  builder.files["generation_config.json"] =
      R"({"eos_token_id": [4, 9], "do_sample": true, "temperature": 0.7,
          "top_k": 11})";
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->tokenizer.stop, (std::vector<int32_t>{2, 4, 9}));
  EXPECT_EQ((*read)->config.sampling.temperature, 0.7);
  EXPECT_EQ((*read)->config.sampling.topK, 11);
}

TEST(Safetensors, AreCalledAsTheirRepositoryInTheCacheOfTheHub) {
  HFBuilder builder;
  TemporaryDirectory directory;
  const std::string folder = directory.file(
      "models--LiquidAI--LFM2.5-1.2B-Thinking/snapshots/0a1b2c3d");
  ASSERT_FALSE(llvm::sys::fs::create_directories(folder));
  builder.write(folder);
  auto read = readCheckpoint(folder);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.name, "LFM2.5-1.2B-Thinking");
  EXPECT_EQ((*read)->config.sampling.temperature, 0.05);
}

TEST(Safetensors, SnapshotsOfSomebodyElseAreCalledAsTheirFolder) {
  HFBuilder builder;
  TemporaryDirectory directory;
  const std::string folder = directory.file("training/snapshots/step-100");
  ASSERT_FALSE(llvm::sys::fs::create_directories(folder));
  builder.write(folder);
  auto read = readCheckpoint(folder);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.name, "step-100");
}

TEST(Safetensors, AdjustsTheFeedForwardSizeAsTheFamilyDoes) {
  // Sizes as published: what the config says, and what the tensors have.
  const int64_t sizes[][2] = {{6656, 4608}, {10240, 6912}, {12288, 8192}};
  for (const auto &size : sizes) {
    HFBuilder builder;
    editConfig(builder, "\"block_auto_adjust_ff_dim\": false,", "");
    editConfig(builder, "\"intermediate_size\": 96",
               ("\"intermediate_size\": " + std::to_string(size[0])).c_str());
    TemporaryDirectory directory;
    auto read = readBuilt(builder, directory);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    // The tiny tensors disagree, of course; the warning shows the number.
    ASSERT_EQ((*read)->warnings.size(), 1u);
    EXPECT_NE((*read)->warnings[0].find("feed-forward size " +
                                        std::to_string(size[1]) + ","),
              std::string::npos)
        << (*read)->warnings[0];
  }
}

} // namespace
