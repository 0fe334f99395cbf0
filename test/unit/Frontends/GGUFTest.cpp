// GGUF files, good and damaged in every way that has a message.

#include "Equality.h"
#include "TinyCheckpoint.h"
#include "frontends/gguf/GGUFFrontend.h"
#include <cmath>
#include <functional>

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

std::string errorOfBytes(llvm::ArrayRef<uint8_t> bytes) {
  return errorOf(readGGUFMemory(bytes, "t.gguf"));
}

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
  EXPECT_GE(checkpoint.find("blk.1.attn_q.weight")->row(3), bytes.data());
  EXPECT_LT(checkpoint.find("blk.1.attn_q.weight")->row(3),
            bytes.data() + bytes.size());
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

struct Change {
  const char *what;
  std::function<void(GGUFBuilder &)> apply;
  const char *expected; // Part of the message, or of the first warning.
};

void PrintTo(const Change &change, std::ostream *os) { *os << change.what; }

class GGUFDamage : public testing::TestWithParam<Change> {};

TEST_P(GGUFDamage, IsRefusedInOneLine) {
  GGUFBuilder builder;
  GetParam().apply(builder);
  std::string message = errorOfBytes(builder.build());
  EXPECT_NE(message.find(GetParam().expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 400u);
}

const Change damages[] = {
    {"version 1", [](GGUFBuilder &b) { b.version = 1; }, "GGUF version 1"},
    {"version 2", [](GGUFBuilder &b) { b.version = 2; }, "GGUF version 2"},
    {"version 4", [](GGUFBuilder &b) { b.version = 4; },
     "only version 3 is read"},
    {"big endian", [](GGUFBuilder &b) { b.version = 0x03000000; },
     "big-endian"},
    {"tensor count near 2^64", [](GGUFBuilder &b) { b.extraTensors = -40; },
     "announces 18446744073709551"},
    {"value count near 2^64", [](GGUFBuilder &b) { b.extraValues = -100; },
     "metadata values, but no model has more"},
    {"more tensors announced than there",
     [](GGUFBuilder &b) { b.extraTensors = 1000; }, "t.gguf"},
    {"more values announced than there",
     [](GGUFBuilder &b) { b.extraValues = 1; }, "t.gguf"},
    {"array length near 2^64",
     [](GGUFBuilder &b) { b.set("x", 9, Bytes().u32(4).u64(UINT64_MAX - 3)); },
     "inside metadata value 'x'"},
    {"string array length near 2^64",
     [](GGUFBuilder &b) {
       b.set("tokenizer.ggml.tokens", 9, Bytes().u32(8).u64(UINT64_MAX));
     },
     "inside metadata value"},
    {"string length near 2^64",
     [](GGUFBuilder &b) { b.set("x", 8, Bytes().u64(UINT64_MAX - 7).u64(0)); },
     "cut short"},
    {"arrays of arrays without end",
     [](GGUFBuilder &b) {
       Bytes bytes;
       for (int i = 0; i < 100000; ++i)
         bytes.u32(9).u64(1);
       b.set("x", 9, bytes);
     },
     "metadata value 'x' nests arrays more than 8 deep"},
    {"an array of more arrays than there are bytes",
     [](GGUFBuilder &b) {
       b.set("x", 9, Bytes().u32(9).u64(UINT64_MAX).u32(0).u64(0));
     },
     "t.gguf"},
    {"an array of arrays of no type",
     [](GGUFBuilder &b) {
       b.set("x", 9, Bytes().u32(9).u64(1).u32(13).u64(0));
     },
     "value type 13, which GGUF version 3 does not define"},
    {"an array of arrays where numbers belong",
     [](GGUFBuilder &b) {
       b.set("lfm2.attention.head_count_kv", 9,
             Bytes().u32(9).u64(2).u32(4).u64(1).u32(0).u32(4).u64(1).u32(1));
     },
     "should be integers below 2^63 but is an array of array"},
    {"unknown value type", [](GGUFBuilder &b) { b.set("x", 13, Bytes()); },
     "value type 13"},
    {"empty key", [](GGUFBuilder &b) { b.setU32("", 1); }, "is empty"},
    {"key twice", [](GGUFBuilder &b) { b.values.push_back(b.values.front()); },
     "'general.architecture' occurs twice"},
    {"alignment of 24",
     [](GGUFBuilder &b) { b.setU32("general.alignment", 24); },
     "general.alignment should be a power of two up to 2^30 but is 24"},
    {"no architecture", [](GGUFBuilder &b) { b.drop("general.architecture"); },
     "general.architecture is missing"},
    {"architecture lfm3",
     [](GGUFBuilder &b) { b.setText("general.architecture", "lfm3"); },
     "architecture 'lfm3' is not supported; supported are lfm2 and lfm2moe"},
    {"architecture llama",
     [](GGUFBuilder &b) { b.setText("general.architecture", "llama"); },
     "architecture 'llama' is not supported"},
    {"architecture of many lines",
     [](GGUFBuilder &b) {
       b.setText("general.architecture", std::string(5000, '\n'));
     },
     "'\\x0A\\x0A"},
    {"number where text belongs",
     [](GGUFBuilder &b) { b.setU32("general.architecture", 1); },
     "general.architecture should be a string but is u32"},
    {"text where a number belongs",
     [](GGUFBuilder &b) { b.setText("lfm2.embedding_length", "64"); },
     "lfm2.embedding_length should be an integer below 2^63 but is string"},
    {"missing key", [](GGUFBuilder &b) { b.drop("lfm2.shortconv.l_cache"); },
     "lfm2.shortconv.l_cache is missing"},
    {"no layers", [](GGUFBuilder &b) { b.setU32("lfm2.block_count", 0); },
     "lfm2.block_count should lie between 1 and 4096 but is 0"},
    {"four billion layers",
     [](GGUFBuilder &b) { b.setU32("lfm2.block_count", UINT32_MAX); },
     "but is 4294967295"},
    {"a list of another length",
     [](GGUFBuilder &b) { b.setInts("lfm2.attention.head_count_kv", {0}); },
     "should have an entry for each of the 2 layers but has 1"},
    {"zero heads",
     [](GGUFBuilder &b) { b.setU32("lfm2.attention.head_count", 0); },
     "head count must lie between 1 and 4096, but the checkpoint says 0 "
     "(lfm2.attention.head_count)"},
    {"negative KV heads",
     [](GGUFBuilder &b) { b.setInts("lfm2.attention.head_count_kv", {0, -8}); },
     "KV head count of layer 1 must lie between 1 and 2"},
    {"epsilon NaN",
     [](GGUFBuilder &b) {
       b.setF32("lfm2.attention.layer_norm_rms_epsilon", NAN);
     },
     "epsilon of the norms must lie between 0 and 1, but the checkpoint says "
     "nan"},
    {"theta infinite",
     [](GGUFBuilder &b) { b.setF32("lfm2.rope.freq_base", INFINITY); },
     "RoPE base"},
    {"sliding window",
     [](GGUFBuilder &b) { b.setU32("lfm2.attention.sliding_window", 30); },
     "attention over a window is not supported"},
    {"positions scaled by the length of the text",
     [](GGUFBuilder &b) { b.setText("lfm2.rope.scaling.type", "longrope"); },
     "lfm2.rope.scaling.type is 'longrope', which is not supported; supported "
     "are 'none', 'linear' and 'yarn'"},
    {"tokenizer model",
     [](GGUFBuilder &b) { b.setText("tokenizer.ggml.model", "llama"); },
     "tokenizer model 'llama' is not supported; supported is gpt2"},
    {"pre-tokenizer",
     [](GGUFBuilder &b) { b.setText("tokenizer.ggml.pre", "lama3"); },
     "t.gguf: pre-tokenizer 'lama3' is not known; the nearest names are "
     "llama3, llama4, lfm2; --pre=NAME names one"},
    {"pre-tokenizer of another kind",
     [](GGUFBuilder &b) { b.setText("tokenizer.ggml.pre", "gemma4"); },
     "pre-tokenizer 'gemma4' is not supported: its tokens are not bytes"},
    {"token types of another length",
     [](GGUFBuilder &b) { b.setInts("tokenizer.ggml.token_type", {1, 1}); },
     "each of the 40 tokens but has 2"},
    {"merge of one part",
     [](GGUFBuilder &b) { b.setTexts("tokenizer.ggml.merges", {"ab"}); },
     "merge 0 is 'ab'"},
    {"bos beyond the vocabulary",
     [](GGUFBuilder &b) { b.setU32("tokenizer.ggml.bos_token_id", 40); },
     "beginning-of-text token has id 40, but the tokenizer's last is 33"},
    {"no tokens", [](GGUFBuilder &b) { b.drop("tokenizer.ggml.tokens"); },
     "tokenizer.ggml.tokens is missing or empty"},
    {"no merges", [](GGUFBuilder &b) { b.drop("tokenizer.ggml.merges"); },
     "tokenizer.ggml.merges is missing"},
    {"a token type that does not exist",
     [](GGUFBuilder &b) {
       b.setInts("tokenizer.ggml.token_type", std::vector<int32_t>(40, 9));
     },
     "token 0 has type 9, but types go from 1 to 6"},
    {"a token id beyond all",
     [](GGUFBuilder &b) {
       b.setU32("tokenizer.ggml.eos_token_id", 0x80000000);
     },
     "tokenizer.ggml.eos_token_id is 2147483648, which is no token"},
    {"tokens that are numbers",
     [](GGUFBuilder &b) { b.setInts("tokenizer.ggml.tokens", {1, 2}); },
     "tokenizer.ggml.tokens should be an array of strings but is an array of "
     "i32"},
    {"token types that are texts",
     [](GGUFBuilder &b) { b.setTexts("tokenizer.ggml.token_type", {"x"}); },
     "tokenizer.ggml.token_type should be integers below 2^63 but is an array "
     "of string"},
    {"two million token types",
     [](GGUFBuilder &b) {
       Bytes bytes;
       bytes.u32(0).u64(2000000).data.resize(12 + 2000000);
       b.set("tokenizer.ggml.token_type", 9, bytes);
     },
     "has 2000000 entries, but at most 1048576 are read"},
    {"a text where a float belongs",
     [](GGUFBuilder &b) { b.setText("lfm2.rope.freq_base", "1e6"); },
     "lfm2.rope.freq_base should be a number but is string"},
    {"a fraction where an integer belongs",
     [](GGUFBuilder &b) { b.setF32("lfm2.attention.head_count", 1.5f); },
     "lfm2.attention.head_count should be integers below 2^63 but is f32"},
    {"a number where a bool belongs",
     [](GGUFBuilder &b) { b.setU32("tokenizer.ggml.add_bos_token", 2); },
     "tokenizer.ggml.add_bos_token should be a bool but is u32"},
    {"neither tokens nor vocabulary size",
     [](GGUFBuilder &b) {
       b.drop("tokenizer.ggml.tokens");
       b.drop("lfm2.vocab_size");
     },
     "lfm2.vocab_size is missing"},
    {"unequal heads",
     [](GGUFBuilder &b) { b.setInts("lfm2.attention.head_count", {2, 4}); },
     "layer 0 has 2 heads where others have 4"},
    {"no experts",
     [](GGUFBuilder &b) {
       b = GGUFBuilder(/*moe=*/true);
       b.setU32("lfm2moe.expert_count", 0);
     },
     "lfm2moe.expert_count should be 1 or more but is 0"},
    {"another routing",
     [](GGUFBuilder &b) {
       b = GGUFBuilder(/*moe=*/true);
       b.setU32("lfm2moe.expert_gating_func", 1);
     },
     "lfm2moe.expert_gating_func should be 2 (sigmoid) but is 1"},
    {"sampling beyond reason",
     [](GGUFBuilder &b) { b.setF32("general.sampling.temp", NAN); },
     "the sampling's temperature must lie between 0 and 100, but the "
     "checkpoint says nan"},
    {"a penalty that nothing survives",
     [](GGUFBuilder &b) { b.setF32("general.sampling.penalty_repeat", 0); },
     "repetition penalty must be above 0"},
    {"the large vocabulary without a base of the rotary positions",
     [](GGUFBuilder &b) {
       b.setU32("lfm2.vocab_size", 128000);
       b.drop("lfm2.rope.freq_base");
     },
     "lfm2.rope.freq_base is missing, and models with 128000 tokens differ"},
    {"positions over a part of the head",
     [](GGUFBuilder &b) { b.setU32("lfm2.rope.dimension_count", 16); },
     "rotary positions over 16 elements should be of one size"},
    {"tensor type q4_1",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").type = 3; },
     "'blk.0.ffn_up.weight' has type q4_1 (number 3), which is not supported; "
     "supported are f32, f16, bf16, q8_0, q4_0, q4_k, q5_k, q6_k"},
    {"tensor type of the future",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").type = 999; },
     "has type unknown (number 999)"},
    {"rows of no whole blocks",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").type = 12; },
     "have 64 elements, which is no multiple of the 256 of a q4_k block"},
    {"no dimensions",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").shape = {}; },
     "should have 1 to 4 dimensions but has 0"},
    {"dimension 0",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").shape = {0, 64}; },
     "is 0, which is no possible size"},
    {"dimensions beyond 2^63",
     [](GGUFBuilder &b) {
       b.tensor("blk.0.ffn_up.weight").shape = {1ll << 40, 1ll << 40};
     },
     "no possible size"},
    {"bytes beyond the file",
     [](GGUFBuilder &b) {
       b.tensor("blk.0.ffn_up.weight").shape = {1ll << 40, 64};
     },
     "is cut short: tensor 'blk.0.ffn_up.weight' takes 281474976710656 bytes"},
    {"bytes beyond 2^64",
     [](GGUFBuilder &b) {
       b.tensor("blk.0.ffn_up.weight").shape = {1ll << 62, 1};
     },
     "blk.0.ffn_up.weight"},
    {"offset misaligned",
     [](GGUFBuilder &b) { b.offsetErrors["blk.0.ffn_up.weight"] = 4; },
     "is not aligned"},
    {"offset overlapping",
     [](GGUFBuilder &b) { b.offsetErrors["blk.0.ffn_up.weight"] = -64; },
     "overlaps the tensor before it"},
    {"offset with a gap",
     [](GGUFBuilder &b) { b.offsetErrors["blk.0.ffn_up.weight"] = 64; },
     "leaves a gap"},
    {"offset far outside",
     [](GGUFBuilder &b) {
       b.offsetErrors["blk.0.ffn_up.weight"] = int64_t(1) << 62;
     },
     "the file is damaged"},
    {"tensor twice",
     [](GGUFBuilder &b) { b.tensors.push_back(b.tensors.back()); },
     "occurs twice"},
    {"both names of the final norm",
     [](GGUFBuilder &b) {
       b.tensors.push_back(b.tensor("token_embd_norm.weight"));
       b.tensors.back().name = "output_norm.weight";
     },
     "tensor 'output_norm.weight' occurs twice in the checkpoint"},
    {"long tensor name",
     [](GGUFBuilder &b) { b.tensors.back().name = std::string(64, 'x'); },
     "should have 1 to 63 bytes but has 64"},
    {"an adapter", [](GGUFBuilder &b) { b.setText("general.type", "adapter"); },
     "t.gguf is an adapter without its model (general.type); merge it into the "
     "model first (llama-export-lora of llama.cpp)"},
    {"tensor missing",
     [](GGUFBuilder &b) { b.dropTensor("blk.1.attn_k_norm.weight"); },
     "tensor 'blk.1.attn_k_norm.weight' of shape [32] is missing"},
    {"final norm missing",
     [](GGUFBuilder &b) { b.dropTensor("token_embd_norm.weight"); },
     "tensor 'token_embd_norm.weight' of shape [64] is missing"},
    {"shapes contradicting each other",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").shape = {64, 96}; },
     "tensor 'blk.0.ffn_up.weight' should have shape [96, 64] but has [64, "
     "96]"},
    {"a bias that is not supported",
     [](GGUFBuilder &b) {
       b.tensors.push_back(b.tensor("token_embd_norm.weight"));
       b.tensors.back().name = "blk.0.shortconv.in_proj.bias";
     },
     "'blk.0.shortconv.in_proj.bias' has no place in this model; it is of a "
     "variant that is not supported"},
    {"a layer too many",
     [](GGUFBuilder &b) {
       b.tensors.push_back(b.tensor("token_embd_norm.weight"));
       b.tensors.back().name = "blk.2.attn_norm.weight";
     },
     "tensor 'blk.2.attn_norm.weight' is of layer 2, but lfm2.block_count says "
     "that the last is 1; get the whole checkpoint again"},
    {"second part of a split",
     [](GGUFBuilder &b) {
       b.setU32("split.no", 1);
       b.setU32("split.count", 3);
     },
     "is part 2 of 3; give the first part, whose name ends in "
     "-00001-of-00003.gguf"},
    {"split with a free name",
     [](GGUFBuilder &b) { b.setU32("split.count", 3); }, "rename it"},
    {"split number beyond the count",
     [](GGUFBuilder &b) { b.setU32("split.no", 3); },
     "split.no 3 should be below split.count 1"},
};

INSTANTIATE_TEST_SUITE_P(All, GGUFDamage, testing::ValuesIn(damages));

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

TEST(GGUF, RefusesWhatIsNoGGUF) {
  EXPECT_NE(errorOfBytes({}).find("is not a GGUF file: it is empty"),
            std::string::npos);
  uint8_t other[] = {'G', 'G', 'M', 'L', 3, 4, 0, 0};
  EXPECT_NE(errorOfBytes(other).find(
                "should begin with 'GGUF' but begins with 'GGML'"),
            std::string::npos);
  uint8_t zip[] = {'P', 'K', 3, 4, 0, 0, 0, 0};
  EXPECT_NE(errorOfBytes(zip).find("it is a ZIP archive, as PyTorch"),
            std::string::npos);
  uint8_t zeros[5000] = {};
  EXPECT_NE(errorOfBytes(zeros).find("a download that has not ended"),
            std::string::npos);
}

// Every byte of the header, and steps through the data.
TEST(GGUF, CutAnywhereIsRefused) {
  GGUFBuilder builder;
  const std::vector<uint8_t> whole = builder.build();
  for (size_t size = 0; size < whole.size();
       size += size < builder.headerBytes ? 1 : 1009) {
    // A copy of its own, so that a sanitizer sees a read behind the end.
    std::vector<uint8_t> cut(whole.begin(), whole.begin() + size);
    std::string message = errorOfBytes(cut);
    ASSERT_FALSE(message.empty()) << size;
    if (size >= 4)
      ASSERT_NE(message.find("cut short"), std::string::npos)
          << size << ": " << message;
  }
}

// No damage may crash; whether it can be seen at all is another question.
TEST(GGUF, RandomDamageIsSurvived) {
  GGUFBuilder builder(/*moe=*/true);
  const std::vector<uint8_t> whole = builder.build();
  uint32_t state = 1;
  auto random = [&state](uint32_t below) {
    state = state * 1664525u + 1013904223u;
    return uint32_t((uint64_t(state) * below) >> 32);
  };
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint8_t> bytes = whole;
    for (uint32_t i = 0, n = 1 + random(4); i < n; ++i)
      bytes[random(builder.headerBytes)] = random(256);
    errorOfBytes(bytes);
  }
}

/// Of the model with experts, where the file says other layers have them.
void expectExpertsByTensors(uint32_t denseLayers, const char *warning) {
  std::vector<uint8_t> plain = GGUFBuilder(/*moe=*/true).build();
  GGUFBuilder builder(/*moe=*/true);
  builder.setU32("lfm2moe.leading_dense_block_count", denseLayers);
  std::vector<uint8_t> bytes = builder.build();
  auto expected = readGGUFMemory(plain, "t.gguf");
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(expected && read) << llvm::toString(read.takeError());
  expectSame((*expected)->config, (*read)->config);
  EXPECT_EQ((*read)->warnings, std::vector<std::string>{warning});
}

TEST(GGUF, TensorsDecideWhichLayersHaveExperts) {
  expectExpertsByTensors(
      2, "lfm2moe.leading_dense_block_count says that layer 1 is dense, but "
         "'blk.1.ffn_gate_exps.weight' shows that it has 4 experts; using what "
         "the tensors show");
  expectExpertsByTensors(
      0, "lfm2moe.leading_dense_block_count says that layer 0 has experts, but "
         "'blk.0.ffn_gate.weight' shows that it is dense; using what the "
         "tensors show");
}

class GGUFLeniency : public testing::TestWithParam<Change> {};

TEST_P(GGUFLeniency, IsReadWithAWarning) {
  GGUFBuilder plain, builder;
  std::vector<uint8_t> plainBytes = plain.build();
  GetParam().apply(builder);
  std::vector<uint8_t> bytes = builder.build();
  auto expected = readGGUFMemory(plainBytes, "t.gguf");
  auto read = readGGUFMemory(bytes, "t.gguf");
  ASSERT_TRUE(expected && read) << llvm::toString(read.takeError());
  expectSame((*expected)->config, (*read)->config);
  if (!*GetParam().expected) {
    EXPECT_TRUE((*read)->warnings.empty());
    return;
  }
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find(GetParam().expected), std::string::npos)
      << (*read)->warnings[0];
}

// What published files get wrong or say in another way; the result is the same.
const Change leniencies[] = {
    {"feed-forward length before its adjustment",
     [](GGUFBuilder &b) { b.setU32("lfm2.feed_forward_length", 144); },
     "lfm2.feed_forward_length says feed-forward size 144, but "
     "'blk.0.ffn_gate.weight' "
     "shows "
     "96"},
    {"one number of KV heads for all layers",
     [](GGUFBuilder &b) { b.setU32("lfm2.attention.head_count_kv", 1); },
     "the tensors of layer 0 are those of a convolution layer"},
    {"no base of the rotary positions",
     [](GGUFBuilder &b) { b.drop("lfm2.rope.freq_base"); },
     "lfm2.rope.freq_base is missing; using"},
    {"another number of taps",
     [](GGUFBuilder &b) { b.setU32("lfm2.shortconv.l_cache", 4); },
     "count of convolution taps 4, but 'blk.0.shortconv.conv.weight' shows 3"},
    {"another vocabulary",
     [](GGUFBuilder &b) { b.setU32("lfm2.vocab_size", 50); },
     "vocabulary size 50, but 'token_embd.weight' shows 40"},
    {"no size of the vocabulary",
     [](GGUFBuilder &b) { b.drop("lfm2.vocab_size"); }, ""},
    {"another number of heads",
     [](GGUFBuilder &b) {
       b.setU32("lfm2.attention.head_count", 4);
       b.setU32("lfm2.attention.key_length", 32);
     },
     "head count 4, but 'blk.1.attn_q.weight' shows 2"},
    {"the other name of the final norm",
     [](GGUFBuilder &b) {
       b.tensor("token_embd_norm.weight").name = "output_norm.weight";
     },
     ""},
    {"the other name of the pre-tokenizer",
     [](GGUFBuilder &b) { b.setText("tokenizer.ggml.pre", "llama-bpe"); }, ""},
    {"no name of the pre-tokenizer",
     [](GGUFBuilder &b) { b.drop("tokenizer.ggml.pre"); },
     "tokenizer.ggml.pre is missing, so text is split by 'default'"},
    {"an end token behind each text",
     [](GGUFBuilder &b) {
       b.set("tokenizer.ggml.add_eos_token", 7, Bytes().raw({1}));
     },
     "tokenizer.ggml.add_eos_token is true, but no end token is put behind a "
     "prompt"},
    {"numbers in other widths",
     [](GGUFBuilder &b) {
       b.set("lfm2.block_count", 10, Bytes().u64(2));
       b.set("lfm2.shortconv.l_cache", 0, Bytes().raw({3}));
     },
     ""},
    {"alignment 64 written, 32 kept where sizes allow",
     [](GGUFBuilder &b) { b.setU32("general.alignment", 32); }, ""},
    {"a tensor of no use",
     [](GGUFBuilder &b) {
       b.tensors.push_back(b.tensor("token_embd_norm.weight"));
       b.tensors.back().name = "dense_2.weight";
     },
     "1 tensors are no part of the text model and were left out: 'dense_2' "
     "(1)"},
    {"no tokenizer",
     [](GGUFBuilder &b) {
       b.values.erase(std::remove_if(b.values.begin(), b.values.end(),
                                     [](const auto &value) {
                                       return llvm::StringRef(value.first)
                                           .starts_with("tokenizer.ggml");
                                     }),
                      b.values.end());
     },
     "has no tokenizer"},
};

INSTANTIATE_TEST_SUITE_P(All, GGUFLeniency, testing::ValuesIn(leniencies));

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
