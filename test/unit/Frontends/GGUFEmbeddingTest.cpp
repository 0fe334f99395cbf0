// What a bidirectional model in a GGUF file gives, and what is refused.

#include "GGUFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

GGUFBuilder bidirectional() {
  GGUFBuilder builder;
  builder.setBool("lfm2.attention.causal", false);
  return builder;
}

void addTensor(GGUFBuilder &builder, const char *name,
               std::vector<int64_t> shape) {
  int64_t bytes = 4;
  for (int64_t size : shape)
    bytes *= size;
  builder.tensors.push_back(
      {name, "", std::move(shape), std::vector<uint8_t>(bytes)});
}

/// The embedding of a file that must be read with the one warning, if any.
EmbeddingConfig readSound(const GGUFBuilder &builder,
                          const std::string &warning = "") {
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  if (!read) {
    ADD_FAILURE() << llvm::toString(read.takeError());
    return {};
  }
  EXPECT_EQ((*read)->warnings, warning.empty()
                                   ? std::vector<std::string>{}
                                   : std::vector<std::string>{warning});
  EXPECT_FALSE((*read)->config.causal);
  return (*read)->config.embedding;
}

TEST(GGUFEmbedding, WithoutVectorsThereAreLogits) {
  EmbeddingConfig expected;
  expected.hasLogits = true;
  expected.width = 64;
  expectSame(readSound(bidirectional()), expected);
}

TEST(GGUFEmbedding, AnEndBehindATextIsEos) {
  for (bool adds : {false, true}) {
    GGUFBuilder builder = bidirectional();
    builder.setBool("tokenizer.ggml.add_eos_token", adds);
    std::vector<uint8_t> bytes = builder.build();
    auto read = readGGUFMemory(bytes, "t.gguf");
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    const TokenizerSpec &spec = (*read)->tokenizer;
    ASSERT_TRUE(spec.eos.has_value());
    EXPECT_EQ(spec.end, adds ? spec.eos : std::nullopt);
  }
}

TEST(GGUFEmbedding, PoolingsGiveVectorsOfTexts) {
  const Pooling kinds[] = {Pooling::Mean, Pooling::CLS, Pooling::Last};
  for (uint32_t type = 1; type <= 3; ++type) {
    GGUFBuilder builder = bidirectional();
    builder.setU32("lfm2.pooling_type", type);
    EmbeddingConfig expected;
    expected.hasVectors = true;
    expected.pooling = kinds[type - 1];
    expected.width = 64;
    expectSame(readSound(builder), expected);
  }
}

TEST(GGUFEmbedding, AProjectionWithoutPoolingGivesVectorsOfTokens) {
  GGUFBuilder builder = bidirectional();
  builder.setU32("lfm2.embedding_length_out", 16);
  addTensor(builder, "dense_2.weight", {16, 64});
  EmbeddingConfig expected;
  expected.hasVectors = true;
  expected.perToken = true;
  expected.width = 16;
  expected.projections = {16};
  expectSame(readSound(builder,
                       "t.gguf gives a vector for each token, but a GGUF file "
                       "does not say which tokens a search leaves out: none "
                       "are; the model's Hugging Face folder says it"),
             expected);
}

TEST(GGUFEmbedding, TensorsSayHowManyProjectionsThereAre) {
  GGUFBuilder builder = bidirectional();
  builder.setU32("lfm2.pooling_type", 1);
  addTensor(builder, "dense_2.weight", {32, 64});
  addTensor(builder, "dense_3.weight", {16, 32});
  EmbeddingConfig expected;
  expected.hasVectors = true;
  expected.pooling = Pooling::Mean;
  expected.width = 16;
  expected.projections = {32, 16};
  builder.setU32("lfm2.embedding_length_out", 16);
  expectSame(readSound(builder), expected);
  builder.setU32("lfm2.embedding_length_out", 24);
  expectSame(readSound(builder,
                       "lfm2.embedding_length_out says size of vectors 24, but "
                       "'dense_3.weight' shows 16; using what the tensors "
                       "show"),
             expected);
}

TEST(GGUFEmbedding, AProjectionOfACausalModelIsLeftOut) {
  GGUFBuilder builder;
  builder.setU32("lfm2.embedding_length_out", 16);
  addTensor(builder, "dense_2.weight", {16, 64});
  std::vector<uint8_t> bytes = builder.build();
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  expectSame((*read)->config.embedding, EmbeddingConfig());
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find("left out: 'dense_2' (1)"),
            std::string::npos);
}

class GGUFEmbeddingDamage : public testing::TestWithParam<GGUFChange> {};

TEST_P(GGUFEmbeddingDamage, IsRefusedInOneLine) { expectRefused(GetParam()); }

/// A change of the bidirectional model.
std::function<void(GGUFBuilder &)>
of(const std::function<void(GGUFBuilder &)> &change) {
  return [change](GGUFBuilder &builder) {
    builder = bidirectional();
    change(builder);
  };
}

const GGUFChange damages[] = {
    {"a score", of([](GGUFBuilder &b) { b.setU32("lfm2.pooling_type", 4); }),
     "t.gguf: lfm2.pooling_type is 4 (rank), a score in place of a vector, "
     "which is not supported"},
    {"a pooling that nobody knows",
     of([](GGUFBuilder &b) { b.setU32("lfm2.pooling_type", 5); }),
     "t.gguf: lfm2.pooling_type should be 0 (none), 1 (mean), 2 (cls) or 3 "
     "(last) but is 5"},
    {"a pooling in words",
     of([](GGUFBuilder &b) { b.setText("lfm2.pooling_type", "cls"); }),
     "lfm2.pooling_type should be an integer"},
    {"a width without a projection",
     of([](GGUFBuilder &b) { b.setU32("lfm2.embedding_length_out", 16); }),
     "tensor 'dense_2.weight' of shape [16, 64] is missing"},
    {"a width of nothing",
     of([](GGUFBuilder &b) { b.setU32("lfm2.embedding_length_out", 0); }),
     "the outputs of projection 'dense_2.weight' must lie between 1 and "
     "262144, but the checkpoint says 0"},
    {"projections that do not fit each other", of([](GGUFBuilder &b) {
       addTensor(b, "dense_2.weight", {16, 64});
       addTensor(b, "dense_3.weight", {8, 24});
     }),
     "tensor 'dense_3.weight' should have shape [8, 16] but has [8, 24]"},
    {"a projection too many", of([](GGUFBuilder &b) {
       addTensor(b, "dense_2.weight", {16, 64});
       addTensor(b, "dense_4.weight", {8, 16});
     }),
     "tensor 'dense_4.weight' has no place behind the model's vectors: a "
     "projection is a weight without a bias, 'dense_2.weight', "
     "'dense_3.weight' and so on"},
    {"a bias", of([](GGUFBuilder &b) {
       addTensor(b, "dense_2.weight", {16, 64});
       addTensor(b, "dense_2.bias", {16});
     }),
     "tensor 'dense_2.bias' has no place behind the model's vectors"},
    {"even taps",
     of([](GGUFBuilder &b) { b.setU32("lfm2.shortconv.l_cache", 4); }),
     "a convolution that is centred on each token needs an odd count of taps"},
    {"an end of the text that is no token", of([](GGUFBuilder &b) {
       b.setBool("tokenizer.ggml.add_eos_token", true);
       b.drop("tokenizer.ggml.eos_token_id");
     }),
     "t.gguf: tokenizer.ggml.add_eos_token is true, but "
     "tokenizer.ggml.eos_token_id names no token; expected the one that is "
     "put behind a text"},
};

INSTANTIATE_TEST_SUITE_P(All, GGUFEmbeddingDamage, testing::ValuesIn(damages));

} // namespace
