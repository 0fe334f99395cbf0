// Hugging Face directories whose config.json, or another text beside it, is
// damaged in every way that has a message.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class SafetensorsConfigDamage : public testing::TestWithParam<HFChange> {};

TEST_P(SafetensorsConfigDamage, IsRefusedInOneLine) {
  expectRefused(GetParam());
}

const HFChange damages[] = {
    {"an adapter alone",
     [](HFBuilder &b) {
       b.files.erase("config.json");
       b.files["adapter_config.json"] = "{}";
     },
     "is an adapter (adapter_config.json) without its model; give the model "
     "that it was trained on as MODEL, and --lora="},
    {"no config", [](HFBuilder &b) { b.files.erase("config.json"); },
     "has no config.json"},
    {"config is no JSON",
     [](HFBuilder &b) { b.files["config.json"] = "{hello"; }, "is not JSON"},
    {"config is a list", [](HFBuilder &b) { b.files["config.json"] = "[1]"; },
     "should hold a JSON object, '{...}'"},
    {"config is empty", [](HFBuilder &b) { b.files["config.json"] = ""; },
     "is not JSON"},
    {"config nests without end",
     [](HFBuilder &b) { b.files["config.json"] = std::string(100000, '['); },
     "nests more than 64 levels deep"},
    {"config with a million values",
     [](HFBuilder &b) {
       std::string text = "{\"x\": [0";
       for (int i = 0; i < 1000000; ++i)
         text += ",0";
       b.files["config.json"] = text + "]}";
     },
     "has more than 65536 values"},
    {"config key twice",
     [](HFBuilder &b) {
       editConfig(b, "\"vocab_size\": 40",
                  "\"vocab_size\": 40, "
                  "\"vocab_size\": 50");
     },
     "key 'vocab_size' occurs twice"},
    {"model type lfm3",
     [](HFBuilder &b) { editConfig(b, "\"lfm2_moe\"", "\"lfm3\""); },
     "model type 'lfm3' is not supported; supported are lfm2 and lfm2_moe"},
    {"no model type",
     [](HFBuilder &b) { editConfig(b, "\"model_type\"", "\"x\""); },
     "key 'model_type' is missing"},
    {"NaN epsilon", [](HFBuilder &b) { editConfig(b, "1e-05", "NaN"); },
     "config.json: key 'norm_eps' should be a number but is NaN"},
    {"epsilon 0", [](HFBuilder &b) { editConfig(b, "1e-05", "0"); },
     "epsilon of the norms"},
    {"epsilon is a string",
     [](HFBuilder &b) { editConfig(b, "1e-05", "\"small\""); },
     "key 'norm_eps' should be a number but is a string"},
    {"zero heads",
     [](HFBuilder &b) {
       editConfig(b, "\"num_attention_heads\": 2",
                  "\"num_attention_heads\": 0");
     },
     "head count must lie between 1 and 4096, but the checkpoint says 0 "
     "(num_attention_heads in config.json)"},
    {"a fraction of a head",
     [](HFBuilder &b) {
       editConfig(b, "\"num_attention_heads\": 2",
                  "\"num_attention_heads\": 1.5");
     },
     "should be an integer but is a number (1.5"},
    {"half a layer list",
     [](HFBuilder &b) {
       editConfig(b, "[\"conv\", \"full_attention\"]", "[\"conv\"]");
     },
     "layer_types should have an entry for each of the 2 layers but has 1"},
    {"unknown layer type",
     [](HFBuilder &b) { editConfig(b, "\"full_attention\"", "\"mamba\""); },
     "layer 1 has type 'mamba'"},
    {"too many layers",
     [](HFBuilder &b) {
       editConfig(b, "\"num_hidden_layers\": 2", "\"num_hidden_layers\": 5000");
     },
     "num_hidden_layers should lie between 1 and 4096 but is 5000"},
    {"attention index outside",
     [](HFBuilder &b) {
       editConfig(b, "\"layer_types\": [\"conv\", \"full_attention\"]",
                  "\"full_attn_idxs\": [2]");
     },
     "full_attn_idxs names layer 2"},
    {"convolution bias",
     [](HFBuilder &b) {
       editConfig(b, "\"conv_bias\": false", "\"conv_bias\": true");
     },
     "conv_bias is true"},
    {"positions scaled by the length of the text",
     [](HFBuilder &b) {
       editConfig(b, "\"rope_theta\": 1000000.0",
                  "\"rope_theta\": 1e6, \"rope_scaling\": {\"type\": "
                  "\"dynamic\"}");
     },
     "RoPE type 'dynamic' is not supported"},
    {"no experts",
     [](HFBuilder &b) {
       editConfig(b, "\"num_experts\": 4", "\"num_experts\": 0");
     },
     "num_experts should be 1 or more but is 0"},
    {"more experts used than there",
     [](HFBuilder &b) {
       editConfig(b, "\"num_experts_per_tok\": 2",
                  "\"num_experts_per_tok\": 5");
     },
     "count of experts used of layer 1 must lie between 1 and 4"},
    {"a negative hidden size",
     [](HFBuilder &b) {
       editConfig(b, "\"hidden_size\": 64", "\"hidden_size\": -5");
     },
     "hidden size must lie between 1 and"},
    {"true where a number belongs",
     [](HFBuilder &b) {
       editConfig(b, "\"use_expert_bias\": true", "\"use_expert_bias\": 1");
     },
     "key 'use_expert_bias' should be true or false but is a number (1"},
    {"number where text belongs",
     [](HFBuilder &b) { editConfig(b, "\"lfm2_moe\"", "2"); },
     "key 'model_type' should be a string but is a number (2"},
    {"classes that are no texts",
     [](HFBuilder &b) { editConfig(b, "[\"Lfm2MoeForCausalLM\"]", "[1]"); },
     "key 'architectures' should be a list of strings but is a list"},
    {"an adjustment that gives no size",
     [](HFBuilder &b) {
       b = HFBuilder();
       editConfig(b, "\"block_auto_adjust_ff_dim\": false",
                  "\"block_multiple_of\": 0");
     },
     "feed-forward size 96, block_ffn_dim_multiplier 1"},
    {"an end token beyond all",
     [](HFBuilder &b) {
       editConfig(b, "\"eos_token_id\": 4", "\"eos_token_id\": 4294967296");
     },
     "eos_token_id is 4294967296, which is no token"},
    {"sampling beyond reason",
     [](HFBuilder &b) {
       b.files["generation_config.json"] =
           R"({"do_sample": true, "temperature": -1})";
     },
     "the sampling's temperature must lie between 0 and 100, but the "
     "checkpoint says -1"},
    {"sampling of more tokens than there can be",
     [](HFBuilder &b) {
       b.files["generation_config.json"] =
           R"({"do_sample": true, "top_k": 4294967336})";
     },
     "top-k of sampling must lie between 0 and 2147483647, but the checkpoint "
     "says 4294967336"},
    {"a text file of 100 MB",
     [](HFBuilder &b) {
       b.files["chat_template.jinja"] = std::string(100 << 20, ' ');
     },
     "has 104857600 bytes, but at most"},
};

INSTANTIATE_TEST_SUITE_P(All, SafetensorsConfigDamage,
                         testing::ValuesIn(damages));

} // namespace
