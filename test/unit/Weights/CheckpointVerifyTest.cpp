// verifyCheckpoint() beyond what the tests of the front ends reach.

#include "lib/Weights/Checkpoint.h"
#include "gtest/gtest.h"

using namespace lfm2c;

namespace {

/// One convolution layer of hidden 32, feed-forward 64, vocabulary 10.
class Verify : public testing::Test {
protected:
  Verify() {
    ModelConfig &config = checkpoint.config;
    config.architecture = "lfm2";
    config.hidden = 32;
    config.vocab = 10;
    config.heads = config.headSize = 4;
    config.convTaps = 3;
    config.contextLength = 100;
    config.normEps = 1e-5;
    config.ropeTheta = 1e6;
    config.layers.resize(1);
    config.layers[0].ffnSize = 64;
    add("token_embd.weight", {10, 32});
    add("token_embd_norm.weight", {32});
    add("blk.0.attn_norm.weight", {32});
    add("blk.0.ffn_norm.weight", {32});
    add("blk.0.shortconv.in_proj.weight", {96, 32});
    add("blk.0.shortconv.conv.weight", {32, 3});
    add("blk.0.shortconv.out_proj.weight", {32, 32});
    add("blk.0.ffn_gate.weight", {64, 32});
    add("blk.0.ffn_up.weight", {64, 32});
    add("blk.0.ffn_down.weight", {32, 64});
    checkpoint.tokenizer.tokens = {"a", "b"};
    checkpoint.tokenizer.types = {TokenType::Normal, TokenType::Normal};
  }

  Tensor &add(const std::string &name, std::initializer_list<int64_t> shape) {
    Tensor &tensor = checkpoint.tensors[name];
    tensor.name = name;
    tensor.shape = shape;
    return tensor;
  }
  std::string error() { return llvm::toString(verifyCheckpoint(checkpoint)); }

  Checkpoint checkpoint;
};

TEST_F(Verify, AcceptsWhatIsWhole) {
  EXPECT_EQ(error(), "");
  EXPECT_TRUE(checkpoint.warnings.empty());
}

TEST_F(Verify, NormsOfAnyFormatBecomeFloats) {
  std::vector<float> values(32);
  for (int i = 0; i < 32; ++i)
    values[i] = float(i - 16) / 8;
  std::vector<uint8_t> block(34);
  quantizeRow(Format::Q8_0, values.data(), block.data(), 32);
  Tensor &norm = checkpoint.tensors["blk.0.ffn_norm.weight"];
  norm.format = Format::Q8_0;
  norm.pieces.push_back(block);
  EXPECT_EQ(error(), "");
  EXPECT_EQ(norm.format, Format::F32);
  std::vector<float> expected(32), found(32);
  dequantizeRow(Format::Q8_0, block.data(), expected.data(), 32);
  RowBuffer buffer;
  dequantizeRow(Format::F32, norm.readRow(0, buffer), found.data(), 32);
  EXPECT_EQ(found, expected);
}

TEST_F(Verify, AnUntiedHeadMustBeThere) {
  checkpoint.config.tiedHead = false;
  EXPECT_EQ(error(), "tensor 'output.weight' of shape [10, 32] is missing "
                     "from the checkpoint; get the whole checkpoint");
}

TEST_F(Verify, EachKindOfCorrectionWarnsOnce) {
  checkpoint.config.layers.push_back(checkpoint.config.layers[0]);
  for (const char *leaf :
       {"attn_norm.weight", "ffn_norm.weight", "shortconv.in_proj.weight",
        "shortconv.conv.weight", "shortconv.out_proj.weight", "ffn_gate.weight",
        "ffn_up.weight", "ffn_down.weight"}) {
    Tensor tensor = checkpoint.tensors[layerTensorName(0, leaf)];
    tensor.name = layerTensorName(1, leaf);
    checkpoint.tensors[tensor.name] = tensor;
  }
  for (LayerConfig &layer : checkpoint.config.layers)
    layer.ffnSize = 96;
  EXPECT_EQ(error(), "");
  EXPECT_EQ(checkpoint.warnings.size(), 1u);
  EXPECT_EQ(checkpoint.config.layers[1].ffnSize, 64);
}

TEST_F(Verify, AContradictionBetweenTensorsIsNamed) {
  add("token_embd.weight", {10, 48});
  EXPECT_EQ(error(), "tensor 'token_embd_norm.weight' should have shape [48] "
                     "but has [32]; it is of another model than the rest, or "
                     "damaged");
}

TEST_F(Verify, AnEmbeddingMayBeShorterThanTheTokenizer) {
  checkpoint.tokenizer.tokens.resize(12);
  checkpoint.tokenizer.types.resize(12);
  EXPECT_EQ(error(), "");
  EXPECT_EQ(checkpoint.warnings,
            std::vector<std::string>{
                "the tokenizer has 12 tokens, but the embedding has 10 rows: "
                "the program will refuse texts with others"});
  checkpoint.tokenizer.bos = 11;
  EXPECT_EQ(error(), "the beginning-of-text token has id 11, but the embedding "
                     "has 10 rows only");
}

TEST_F(Verify, StopTokensMustBeInTheVocabulary) {
  checkpoint.tokenizer.stop = {3, 10};
  EXPECT_EQ(error(), "the stop token has id 3, but the tokenizer's last is 1");
}

} // namespace
