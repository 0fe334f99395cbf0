// GGUF files that contradict themselves: tensors decide, and a warning says so.

#include "GGUFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

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

class GGUFLeniency : public testing::TestWithParam<GGUFChange> {};

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
const GGUFChange leniencies[] = {
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

} // namespace
