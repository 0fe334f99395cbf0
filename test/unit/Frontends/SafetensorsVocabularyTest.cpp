// Embeddings that were made longer or shorter than their tokenizer.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

/// Cuts the embedding to `rows` rows; the tokenizer has 34 tokens.
void cut(HFBuilder &builder, int64_t rows) {
  TinyTensor &table = tensorOf(builder, "model.embed_tokens.weight");
  table.bytes.resize(table.bytes.size() / table.shape[0] * rows);
  table.shape[0] = rows;
  builder.pack();
}

TEST(SafetensorsVocabulary, RowsBehindTheLastTokenAreKept) {
  HFBuilder builder;
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.vocab, 40);
  EXPECT_EQ((*read)->tokenizer.tokens.size(), 34u);
  EXPECT_TRUE((*read)->warnings.empty());
}

TEST(SafetensorsVocabulary, TokensBehindTheLastRowAreSaid) {
  HFBuilder builder;
  cut(builder, 20);
  editConfig(builder, "\"vocab_size\": 40", "\"vocab_size\": 20");
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.vocab, 20);
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find("the tokenizer has 34 tokens, but the "
                                      "embedding has 20 rows"),
            std::string::npos)
      << (*read)->warnings[0];
}

TEST(SafetensorsVocabulary, TheEmbeddingCountsAndNotItsSizeInTheConfig) {
  HFBuilder builder;
  cut(builder, 36);
  TemporaryDirectory directory;
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.vocab, 36);
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find("vocab_size in config.json says "
                                      "vocabulary size 40, but "
                                      "'model.embed_tokens.weight' shows 36"),
            std::string::npos)
      << (*read)->warnings[0];
}

TEST(SafetensorsVocabulary, AHeadOfOtherRowsIsRefused) {
  HFBuilder builder;
  TinyTensor head = tensorOf(builder, "model.embed_tokens.weight");
  head.hfName = "lm_head.weight";
  builder.tensors.push_back(head);
  cut(builder, 36);
  editConfig(builder, "\"tie_word_embeddings\": true",
             "\"tie_word_embeddings\": false");
  TemporaryDirectory directory;
  const std::string message = errorOf(readBuilt(builder, directory));
  EXPECT_NE(message.find("tensor 'lm_head.weight' should have shape [36, 64] "
                         "but has [40, 64]"),
            std::string::npos)
      << message;
}

} // namespace
