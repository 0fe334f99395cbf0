// What stands around a bidirectional model, damaged or unusual in every way
// that has a message.

#include "STBuilder.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class STReaderDamage : public testing::TestWithParam<HFChange> {};

TEST_P(STReaderDamage, IsRefusedInOneLine) {
  HFBuilder builder = embedder();
  GetParam().apply(builder);
  TemporaryDirectory directory;
  std::string message = errorOf(readBuilt(builder, directory));
  EXPECT_NE(message.find(GetParam().expected), std::string::npos) << message;
  EXPECT_EQ(message.find('\n'), std::string::npos);
  EXPECT_LT(message.size(), 500u);
}

const char texts[] = "config_sentence_transformers.json";

const HFChange damages[] = {
    {"a head for another task",
     [](HFBuilder &b) {
       editConfig(b, "Lfm2BidirectionalModel",
                  "Lfm2BidirP2ForTokenClassification");
     },
     "config.json: architectures has 'Lfm2BidirP2ForTokenClassification', a "
     "model with a head that is not supported; supported are "
     "Lfm2BidirectionalModel and Lfm2BidirectionalForMaskedLM"},
    {"a causal model that sees everything",
     [](HFBuilder &b) {
       editConfig(b, "[\"Lfm2BidirectionalModel\"],",
                  "[\"Lfm2Model\"], \"is_causal\": false,");
     },
     "is_causal is false, but architectures names a model whose convolutions "
     "do not see later tokens"},
    {"a bidirectional model that does not",
     [](HFBuilder &b) {
       editConfig(b, "[\"Lfm2BidirectionalModel\"],",
                  "[\"Lfm2BidirectionalModel\"], \"is_causal\": true,");
     },
     "is_causal is true, but architectures names a model whose convolutions "
     "see later tokens"},
    {"even taps",
     [](HFBuilder &b) {
       editConfig(b, "\"conv_L_cache\": 3", "\"conv_L_cache\": 4");
     },
     "a convolution that is centred on each token needs an odd count of taps"},

    {"modules that are no list",
     [](HFBuilder &b) { b.files["modules.json"] = "{}"; },
     "modules.json should hold a JSON list, '[...]', but holds an object"},
    {"no modules", [](HFBuilder &b) { b.files["modules.json"] = "[]"; },
     "modules.json should name the modules of the model but is empty"},
    {"a module that is none",
     [](HFBuilder &b) { b.files["modules.json"] = "[3]"; },
     "modules.json: module 0 should be an object"},
    {"a module without a type",
     [](HFBuilder &b) { b.edit("modules.json", "\"type\"", "\"kind\""); },
     "modules.json: key 'type' is missing"},
    {"a module of another kind",
     [](HFBuilder &b) {
       b.edit("modules.json", "models.Pooling", "models.WeightedLayerPooling");
     },
     "modules.json: module 1 has type "
     "'sentence_transformers.models.WeightedLayerPooling', which is not "
     "supported; supported are Transformer, Pooling, Dense and Normalize"},
    {"no transformer",
     [](HFBuilder &b) { b.edit("modules.json", "Transformer", "Pooling"); },
     "module 0 of type 'sentence_transformers.models.Pooling' stands at a "
     "place that is not supported"},
    {"two transformers",
     [](HFBuilder &b) {
       b.edit("modules.json", "Pooling\"}", "Transformer\"}");
     },
     "module 1 of type 'sentence_transformers.models.Transformer' stands at"},
    {"a pooling behind a projection",
     [](HFBuilder &b) { b.edit("modules.json", "Dense\"}]", "Pooling\"}]"); },
     "module 3 of type 'sentence_transformers.models.Pooling' stands at"},
    {"a folder elsewhere",
     [](HFBuilder &b) { b.edit("modules.json", "2_Dense", "../2_Dense"); },
     "module 2 should have the name of a folder in this one as its path but "
     "has '../2_Dense'"},
    {"a folder without a name",
     [](HFBuilder &b) { b.edit("modules.json", "1_Pooling", ""); },
     "module 1 should have the name of a folder in this one as its path"},

    {"no settings of the pooling",
     [](HFBuilder &b) { b.files.erase("1_Pooling/config.json"); },
     "1_Pooling/config.json: No such file or directory"},
    {"a pooling of another width",
     [](HFBuilder &b) { b.edit("1_Pooling/config.json", "64", "32"); },
     "1_Pooling/config.json: word_embedding_dimension should be 64, the width "
     "of what it gets, but is 32"},
    {"the largest of the tokens",
     [](HFBuilder &b) {
       b.edit("1_Pooling/config.json", "cls_token", "max_tokens");
     },
     "1_Pooling/config.json: pooling 'max' is not supported; supported are "
     "cls, mean and lasttoken"},
    {"a pooling that nobody knows",
     [](HFBuilder &b) {
       b.files["1_Pooling/config.json"] = R"({"pooling_mode": "median"})";
     },
     "pooling 'median' is not supported"},
    {"no pooling",
     [](HFBuilder &b) { b.files["1_Pooling/config.json"] = "{}"; },
     "1_Pooling/config.json: pooling_mode names 0 poolings, but a model has "
     "one"},
    {"two poolings",
     [](HFBuilder &b) {
       b.edit("1_Pooling/config.json", "\"pooling_mode_mean_tokens\": false",
              "\"pooling_mode_mean_tokens\": true");
     },
     "pooling_mode names 2 poolings"},
    {"the first token without its prompt",
     [](HFBuilder &b) {
       b.edit("1_Pooling/config.json", "\"include_prompt\": true",
              "\"include_prompt\": false");
     },
     "include_prompt is false, but the pooling is the first token's"},

    {"a projection of another width",
     [](HFBuilder &b) { b.edit("3_Dense/config.json", "16", "24"); },
     "3_Dense/config.json: in_features should be 16, the width of what it "
     "gets, but is 24"},
    {"a projection of no width",
     [](HFBuilder &b) { b.edit("3_Dense/config.json", "in_f", "inputf"); },
     "3_Dense/config.json: key 'in_features' is missing"},
    {"a projection to no width",
     [](HFBuilder &b) { b.edit("3_Dense/config.json", "out_f", "outputf"); },
     "3_Dense/config.json: key 'out_features' is missing"},
    {"a bias",
     [](HFBuilder &b) { b.edit("2_Dense/config.json", "false", "true"); },
     "2_Dense/config.json: bias is true, but a projection with it is not "
     "supported"},
    {"a sum with what goes in",
     [](HFBuilder &b) {
       b.edit("2_Dense/config.json", "{", "{\"use_residual\": true, ");
     },
     "2_Dense/config.json: use_residual is true"},
    {"an activation",
     [](HFBuilder &b) {
       b.edit("2_Dense/config.json", "linear.Identity", "activation.GELU");
     },
     "activation_function is 'torch.nn.modules.activation.GELU'; supported is "
     "Identity, none behind the projection"},
    {"an activation that nothing says",
     [](HFBuilder &b) {
       b.files["2_Dense/config.json"] =
           R"({"in_features": 64, "out_features": 16, "bias": false})";
     },
     "activation_function is 'Tanh' by default; supported is Identity"},
    {"a projection of something else",
     [](HFBuilder &b) {
       b.edit("2_Dense/config.json", "{",
              "{\"module_input_name\": \"token_embeddings\", ");
     },
     "module_input_name is 'token_embeddings', but the projection of a model "
     "with a Pooling is one of 'sentence_embedding'"},
    {"a projection to something else",
     [](HFBuilder &b) {
       b.edit("2_Dense/config.json", "{",
              "{\"module_output_name\": \"scores\", ");
     },
     "module_output_name is 'scores', but"},
    {"weights of PyTorch",
     [](HFBuilder &b) {
       b.files.erase("2_Dense/model.safetensors");
       b.files["2_Dense/pytorch_model.bin"] = "PK";
     },
     "2_Dense holds weights in a form that is not read: pytorch_model.bin is "
     "PyTorch's; save the model with save_pretrained() of "
     "sentence-transformers"},
    {"no weights",
     [](HFBuilder &b) { b.files.erase("2_Dense/model.safetensors"); },
     "2_Dense/model.safetensors: No such file or directory"},
    {"weights of nothing",
     [](HFBuilder &b) {
       b.files["2_Dense/model.safetensors"] = packSafetensors({});
     },
     "2_Dense/model.safetensors: tensor 'linear.weight' is missing; get the "
     "whole checkpoint"},
    {"a weight of another name",
     [](HFBuilder &b) {
       b.files["2_Dense/model.safetensors"] =
           denseWeights(16, 64, "linear.bias");
     },
     "tensor 'linear.bias' has no place in a projection; supported is "
     "'linear.weight' alone"},
    {"a weight of another shape",
     [](HFBuilder &b) {
       b.files["2_Dense/model.safetensors"] = denseWeights(64, 16);
     },
     "tensor 'linear.weight' should have shape [16, 64], as config.json beside "
     "it says, but has [64, 16]"},

    {"a prompt that is no text",
     [](HFBuilder &b) { b.edit(texts, "\"ask: \"", "7"); },
     "config_sentence_transformers.json: prompt 'query' should be a string"},
    {"a default prompt that is not there",
     [](HFBuilder &b) { b.edit(texts, "e\": \"query\"", "e\": \"passage\""); },
     "config_sentence_transformers.json: default_prompt_name is 'passage', "
     "which is none of the 2 prompts"},
    {"lower case",
     [](HFBuilder &b) { b.edit("sentence_bert_config.json", "false", "true"); },
     "sentence_bert_config.json: do_lower_case is true, but texts are not put "
     "into lower case"},
    {"a text of less than nothing",
     [](HFBuilder &b) { b.edit("sentence_bert_config.json", "77", "-1"); },
     "the tokens of a text must lie between 0 (any number) and 1073741824, but "
     "the checkpoint says -1"},
    {"a prefix that is no token",
     [](HFBuilder &b) {
       b = lateInteraction();
       b.edit(texts, "<think>", "[Q] ");
     },
     "query_prefix is '[Q] ', which is none of the tokenizer's added tokens; "
     "save the model with PyLate, which adds it"},
};

INSTANTIATE_TEST_SUITE_P(All, STReaderDamage, testing::ValuesIn(damages));

} // namespace
