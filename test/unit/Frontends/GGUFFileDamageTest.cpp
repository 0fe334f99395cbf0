// GGUF files that are no such files, are cut or damaged, or have other tensors
// than their model.

#include "GGUFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class GGUFFileDamage : public testing::TestWithParam<GGUFChange> {};

TEST_P(GGUFFileDamage, IsRefusedInOneLine) { expectRefused(GetParam()); }

const GGUFChange damages[] = {
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
    {"tensor type q8_1",
     [](GGUFBuilder &b) { b.tensor("blk.0.ffn_up.weight").type = 9; },
     "'blk.0.ffn_up.weight' has type q8_1 (number 9), which is not supported; "
     "supported are f32, f16, bf16, q8_0, q4_0, q4_k, q5_k, q6_k, q4_1, q5_0"},
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

INSTANTIATE_TEST_SUITE_P(All, GGUFFileDamage, testing::ValuesIn(damages));

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

} // namespace
