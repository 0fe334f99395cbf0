// GGUF files whose metadata say what no model can be, in every way that has a
// message.

#include "GGUFDamage.h"
#include <cmath>

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class GGUFValueDamage : public testing::TestWithParam<GGUFChange> {};

TEST_P(GGUFValueDamage, IsRefusedInOneLine) { expectRefused(GetParam()); }

const GGUFChange damages[] = {
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
    {"an adapter", [](GGUFBuilder &b) { b.setText("general.type", "adapter"); },
     "t.gguf is an adapter without its model (general.type); give the model "
     "that it was trained on as MODEL, and --lora=t.gguf"},
};

INSTANTIATE_TEST_SUITE_P(All, GGUFValueDamage, testing::ValuesIn(damages));

} // namespace
