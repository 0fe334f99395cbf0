// GGUF files that are read as they should be.

#include "GGUFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

TEST(GGUF, ReadsADenseModel) {
  std::vector<uint8_t> bytes = GGUFBuilder().build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const Checkpoint &checkpoint = **read;
  const ModelConfig &config = checkpoint.config;
  EXPECT_EQ(config.name, "Tiny");
  EXPECT_EQ(config.hidden, 64);
  EXPECT_EQ(config.vocab, 40);
  EXPECT_EQ(config.headSize, 32);
  EXPECT_TRUE(config.tiedHead);
  EXPECT_EQ(config.countLayers(LayerKind::Conv), 1);
  EXPECT_EQ(config.layers[1].kvHeads, 1);
  EXPECT_EQ(config.layers[0].ffnSize, 96);
  EXPECT_FALSE(config.isMoE());
  const TokenizerSpec &tokenizer = checkpoint.tokenizer;
  EXPECT_EQ(tokenizer.tokens.size(), 34u); // The six [PADn] are left out.
  EXPECT_EQ(tokenizer.added.size(), 6u);
  EXPECT_FALSE(tokenizer.added[5].special);
  EXPECT_EQ(tokenizer.stop, (std::vector<int32_t>{2, 4}));
  EXPECT_TRUE(checkpoint.warnings.empty());
  // Mapped, not copied.
  RowBuffer buffer;
  const uint8_t *row =
      checkpoint.find("blk.1.attn_q.weight")->readRow(3, buffer);
  EXPECT_GE(row, bytes.data());
  EXPECT_LT(row, bytes.data() + bytes.size());
}

TEST(GGUF, ReadsExperts) {
  std::vector<uint8_t> bytes = GGUFBuilder(/*moe=*/true).build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  const LayerConfig &layer = (*read)->config.layers[1];
  EXPECT_EQ(layer.experts, 4);
  EXPECT_EQ(layer.expertsUsed, 2);
  EXPECT_EQ(layer.ffnSize, 32);
  EXPECT_TRUE(layer.hasExpertBias);
  EXPECT_FALSE((*read)->config.layers[0].isMoE());
}

TEST(GGUF, TakesNumbersOfAnotherKind) {
  GGUFBuilder builder;
  builder.setU32("lfm2.rope.freq_base", 1000000);
  builder.setF32("lfm2.attention.head_count", 2);
  builder.setU32("tokenizer.ggml.add_bos_token", 1);
  builder.set("tokenizer.ggml.padding_token_id", 5, Bytes().u32(-1));
  // Not ours: skipped, whatever is inside.
  builder.set("x", 9,
              Bytes()
                  .u32(9)
                  .u64(2)
                  .u32(8)
                  .u64(1)
                  .text("a")
                  .u32(9)
                  .u64(1)
                  .u32(0)
                  .u64(3)
                  .raw({1, 2, 3}));
  builder.set("general.sampling.top_k", 5, Bytes().u32(-1));
  builder.setF32("general.sampling.temp", -1);
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.ropeTheta, 1e6);
  EXPECT_EQ((*read)->config.heads, 2);
  EXPECT_TRUE((*read)->tokenizer.addBos);
  EXPECT_FALSE((*read)->tokenizer.pad.has_value());
  EXPECT_EQ((*read)->config.sampling.topK, 0);
  EXPECT_EQ((*read)->config.sampling.temperature, 0);
}

TEST(GGUF, AHeadOfItsOwnUntiesTheModel) {
  GGUFBuilder builder;
  builder.tensors.push_back(builder.tensor("token_embd.weight"));
  builder.tensors.back().name = "output.weight";
  builder.tensors.back().bytes[2] ^= 1;
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_FALSE((*read)->config.tiedHead);
}

TEST(GGUF, AHeadEqualToTheEmbeddingIsNotKeptTwice) {
  GGUFBuilder builder;
  builder.tensors.push_back(builder.tensor("token_embd.weight"));
  builder.tensors.back().name = "output.weight";
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_TRUE((*read)->config.tiedHead);
  EXPECT_EQ((*read)->find("output.weight"), nullptr);
}

void expectLikeTheTinyOne(const GGUFBuilder &builder) {
  std::vector<uint8_t> bytes = builder.build(), plain = GGUFBuilder().build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  auto expected = readGGUFMemory(plain, "t.gguf");
  ASSERT_TRUE(bool(expected)) << llvm::toString(expected.takeError());
  expectSame(**expected, **read);
}

TEST(GGUF, DoublesAreReadAsFloats) {
  GGUFBuilder builder;
  for (const char *name :
       {"token_embd_norm.weight", "blk.0.shortconv.conv.weight",
        "blk.0.ffn_gate.weight"}) {
    TinyTensor &tensor = builder.tensor(name);
    tensor.bytes = asDoubles(tensor.bytes);
    tensor.type = 28;
  }
  expectLikeTheTinyOne(builder);
}

TEST(GGUF, TheFilterMayKeepItsInputChannel) {
  for (std::vector<int64_t> shape :
       {std::vector<int64_t>{64, 1, 3}, std::vector<int64_t>{64, 3, 1}}) {
    GGUFBuilder builder;
    builder.tensor("blk.0.shortconv.conv.weight").shape = shape;
    expectLikeTheTinyOne(builder);
  }
}

TEST(GGUF, SamplingOfTheFileCounts) {
  GGUFBuilder builder;
  builder.setF32("general.sampling.temp", 0.5f);
  builder.setU32("general.sampling.top_k", 7);
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.sampling.temperature, 0.5);
  EXPECT_EQ((*read)->config.sampling.topK, 7);
}

TEST(GGUF, APenaltyOverTheWholeContextIsMinusOne) {
  GGUFBuilder builder;
  builder.set("general.sampling.penalty_last_n", /*int32*/ 5,
              Bytes().u32(0xffffffff));
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.sampling.penaltyLastN, INT32_MAX);
}

TEST(GGUF, AFileWithoutANameIsCalledByItsOwn) {
  GGUFBuilder builder;
  builder.drop("general.name");
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "a.b/LFM2.5-1.2B-Thinking.Q4_0.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ((*read)->config.name, "LFM2.5-1.2B-Thinking.Q4_0");
  EXPECT_EQ((*read)->config.sampling.temperature, 0.05);
}

} // namespace
