// The section of how texts become vectors: what abi.h says, byte by byte.
#include "lib/Model/EmbeddingTables.h"

#include "lfm2rt/abi.h"
#include "lib/Model/ModelConfig.h"
#include "gtest/gtest.h"
#include <cstring>

using namespace lfm2c;

namespace {

TEST(EmbeddingTables, LayOutAsTheHeaderSays) {
  ModelConfig config;
  config.causal = false;
  config.embedding.prompts = {{"query", "query: "}, {"document", ""}};
  config.embedding.defaultPrompt = "document";
  config.embedding.skipIds = {7, 9};
  config.embedding.maxTokens = 512;
  const auto section = llvm::cantFail(buildEmbeddingSection(config));
  lfm2_embedding header;
  ASSERT_GE(section.size(), sizeof header);
  std::memcpy(&header, section.data(), sizeof header);
  EXPECT_EQ(header.flags, uint32_t(LFM2_EMBEDDING_NORMALIZE));
  EXPECT_EQ(header.max_tokens, 512u);
  EXPECT_EQ(header.default_prompt, 1u);
  ASSERT_EQ(header.num_skip, 2u);
  ASSERT_EQ(header.num_prompts, 2u);
  const uint32_t words[] = {7, 9, 5, 12, 20, 20};
  const std::string text = "queryquery: document";
  ASSERT_EQ(section.size(), sizeof header + sizeof words + text.size());
  EXPECT_EQ(std::memcmp(section.data() + sizeof header, words, sizeof words),
            0);
  EXPECT_EQ(std::string(section.end() - long(text.size()), section.end()),
            text);

  config.embedding.defaultPrompt.clear();
  config.embedding.normalize = false;
  const auto other = llvm::cantFail(buildEmbeddingSection(config));
  std::memcpy(&header, other.data(), sizeof header);
  EXPECT_EQ(header.flags, 0u);
  EXPECT_EQ(header.default_prompt, LFM2_PROMPT_NONE);
}

TEST(EmbeddingTables, NoneForACausalModel) {
  EXPECT_TRUE(llvm::cantFail(buildEmbeddingSection(ModelConfig())).empty());
}

TEST(EmbeddingTables, AMeanWithoutThePromptIsRefused) {
  ModelConfig config;
  config.causal = false;
  config.embedding.pooling = Pooling::Mean;
  config.embedding.includePrompt = false;
  EXPECT_TRUE(bool(buildEmbeddingSection(config)));
  config.embedding.prompts = {{"query", "query: "}};
  auto section = buildEmbeddingSection(config);
  ASSERT_FALSE(bool(section));
  EXPECT_EQ(llvm::toString(section.takeError()),
            "a mean over a text without its prompt is not supported, but the "
            "checkpoint has include_prompt false; set it to true, or leave the "
            "prompts out");
}

} // namespace
