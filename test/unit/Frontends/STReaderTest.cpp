// Bidirectional models as folders, and what stands around them.

#include "STBuilder.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

using Prompts = std::vector<std::pair<std::string, std::string>>;

/// Reads what must be read, with the warnings that are expected.
std::unique_ptr<Checkpoint>
readSound(const HFBuilder &builder,
          const std::vector<std::string> &warnings = {}) {
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  if (!read) {
    ADD_FAILURE() << llvm::toString(read.takeError());
    return nullptr;
  }
  EXPECT_EQ((*read)->warnings.size(), warnings.size());
  for (size_t i = 0; i < std::min(warnings.size(), (*read)->warnings.size());
       ++i)
    EXPECT_NE((*read)->warnings[i].find(warnings[i]), std::string::npos)
        << (*read)->warnings[i];
  return std::move(*read);
}

TEST(STReader, AModelAloneGivesItsHiddenStates) {
  auto read = readSound(bidirectional());
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->config.causal);
  expectSame(read->config.embedding, EmbeddingConfig());
}

TEST(STReader, AMaskedLanguageModelGivesLogits) {
  HFBuilder builder = bidirectional("Lfm2BidirectionalForMaskedLM");
  for (TinyTensor &tensor : builder.tensors)
    tensor.hfName = "lfm2." + tensor.hfName.substr(strlen("model."));
  builder.pack();
  auto read = readSound(builder);
  ASSERT_TRUE(read);
  EmbeddingConfig expected;
  expected.hasLogits = true;
  expectSame(read->config.embedding, expected);
  EXPECT_EQ(read->naming.spell("output.weight"), "lm_head.weight");
}

TEST(STReader, TheTypeThatTransformersHasIsKnown) {
  HFBuilder builder = bidirectional();
  editConfig(builder, "\"lfm2\"", "\"lfm2_bidirectional\"");
  auto read = readSound(builder);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->config.architecture, "lfm2");
}

TEST(STReader, ModulesMakeAVectorOfAText) {
  auto read = readSound(embedder());
  ASSERT_TRUE(read);
  EmbeddingConfig expected;
  expected.pooling = Pooling::CLS;
  expected.hasVectors = true;
  expected.width = 8;
  expected.projections = {16, 8};
  expected.prompts = Prompts{{"query", "ask: "}, {"document", ""}};
  expected.defaultPrompt = "query";
  expected.maxTokens = 77;
  expectSame(read->config.embedding, expected);
  const Tensor *second = read->find("dense_3.weight");
  ASSERT_TRUE(second);
  EXPECT_EQ(llvm::ArrayRef<int64_t>(second->shape),
            llvm::ArrayRef<int64_t>({8, 16}));
  EXPECT_EQ(second->label(), "'linear.weight'");
}

TEST(STReader, ThePoolingOfTodayIsAWord) {
  HFBuilder builder = embedder();
  builder.files["1_Pooling/config.json"] =
      R"({"embedding_dimension": 64, "pooling_mode": "lasttoken",
          "include_prompt": false})";
  auto read = readSound(builder);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->config.embedding.pooling, Pooling::Last);
  EXPECT_TRUE(read->config.embedding.includePrompt);
}

TEST(STReader, AMeanMayLeaveThePromptOut) {
  HFBuilder builder = embedder();
  builder.files["1_Pooling/config.json"] =
      R"({"pooling_mode": ["mean"], "include_prompt": false})";
  auto read = readSound(builder);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->config.embedding.pooling, Pooling::Mean);
  EXPECT_FALSE(read->config.embedding.includePrompt);
}

TEST(STReader, LengthsOfVectorsStayWhereTheSearchSeesThem) {
  HFBuilder builder = embedder();
  builder.edit("config_sentence_transformers.json", "cosine", "dot");
  auto read = readSound(builder);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->config.embedding.normalize);
  builder.edit("modules.json", "]",
               ", " + moduleText("4_Normalize", "x.Normalize") + "]");
  read = readSound(builder);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->config.embedding.normalize);
}

TEST(STReader, VectorsOfTokensHavePrefixesAndTokensToSkip) {
  auto read = readSound(lateInteraction());
  ASSERT_TRUE(read);
  EmbeddingConfig expected;
  expected.hasVectors = true;
  expected.perToken = true;
  expected.width = 8;
  expected.projections = {8};
  expected.prompts =
      Prompts{{"query", "<think>"}, {"document", "<|im_start|>text "}};
  expected.skipIds = {6, 31}; // "?" is no token.
  expected.maxTokens = 300;
  expectSame(read->config.embedding, expected);
}

TEST(STReader, WhatPyLateDoesWithoutItsKeysIsDone) {
  HFBuilder builder = lateInteraction();
  builder.files["config_sentence_transformers.json"] =
      R"({"similarity_fn_name": "MaxSim"})";
  // The tokens that it would have added, and one of punctuation.
  builder.edit("tokenizer.json", R"("content": "<think>")",
               R"("content": "[Q] ")");
  builder.edit("tokenizer.json", R"("a": 6)", R"("!": 6)");
  builder.edit("tokenizer.json", R"([["a", "b"], ["ab", "c"]])", "[]");
  auto read = readSound(builder, {"do_query_expansion is true, but queries are "
                                  "not filled up to query_length (32 tokens)"});
  ASSERT_TRUE(read);
  const EmbeddingConfig &embedding = read->config.embedding;
  EXPECT_EQ(embedding.prompts, (Prompts{{"query", "[Q] "}}));
  EXPECT_EQ(embedding.skipIds, (std::vector<int32_t>{6}));
  EXPECT_EQ(embedding.maxTokens, 77);
}

TEST(STReader, TheModelMayStandInAFolderOfItsOwn) {
  HFBuilder plain = embedder(), builder;
  builder.files.clear();
  for (const auto &[name, content] : plain.files) {
    const bool outside = name.find('/') != std::string::npos ||
                         name == "modules.json" ||
                         name == "config_sentence_transformers.json";
    builder.files[outside ? name : "0_Transformer/" + name] = content;
  }
  builder.edit("modules.json", "\"path\": \"\"", "\"path\": \"0_Transformer\"");
  auto read = readSound(builder), expected = readSound(plain);
  ASSERT_TRUE(read && expected);
  expectSame(*read, *expected);
}

TEST(STReader, ACausalModelIsReadAlone) {
  HFBuilder builder = embedder();
  editConfig(builder, "Lfm2BidirectionalModel", "Lfm2Model");
  auto read = readSound(
      builder, {"modules.json makes vectors of what the model gives, but only "
                "bidirectional models give vectors; the program has the causal "
                "model alone"});
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->config.causal);
  EXPECT_FALSE(read->config.embedding.hasVectors);
}

TEST(STReader, VectorsAreNotCut) {
  HFBuilder builder = embedder();
  builder.edit("config_sentence_transformers.json", "{",
               "{\"truncate_dim\": 4, ");
  EXPECT_TRUE(readSound(
      builder, {"truncate_dim is 4, but vectors keep all their 8 elements"}));
}

} // namespace
