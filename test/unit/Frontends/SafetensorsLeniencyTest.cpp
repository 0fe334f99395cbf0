// Hugging Face directories that contradict themselves, and are read with a
// warning that says what was believed.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class SafetensorsLeniency : public testing::TestWithParam<HFChange> {};

TEST_P(SafetensorsLeniency, IsReadWithAWarning) {
  HFBuilder plain(/*moe=*/true), builder(/*moe=*/true);
  GetParam().apply(builder);
  TemporaryDirectory plainDirectory, directory;
  auto expected = readBuilt(plain, plainDirectory);
  auto read = readBuilt(builder, directory);
  ASSERT_TRUE(expected && read) << llvm::toString(read.takeError());
  expectSame((*expected)->config, (*read)->config);
  ASSERT_EQ((*read)->warnings.size(), 1u);
  EXPECT_NE((*read)->warnings[0].find(GetParam().expected), std::string::npos)
      << (*read)->warnings[0];
}

const HFChange leniencies[] = {
    {"a dense layer that has experts",
     [](HFBuilder &b) {
       editConfig(b, "\"num_dense_layers\": 1", "\"num_dense_layers\": 2");
     },
     "num_dense_layers in config.json says that layer 1 is dense, but "
     "'model.layers.1.feed_forward.experts.0.w1.weight' shows that it has 4 "
     "experts"},
    {"stacked experts in a dense layer",
     [](HFBuilder &b) {
       b = HFBuilder(/*moe=*/true, /*stackedExperts=*/true);
       editConfig(b, "\"num_dense_layers\": 1", "\"num_dense_layers\": 2");
     },
     "'model.layers.1.feed_forward.experts.gate_up_proj' shows that it has 4"},
    {"a layer of experts that is dense",
     [](HFBuilder &b) {
       editConfig(b, "\"num_dense_layers\": 1", "\"num_dense_layers\": 0");
     },
     "num_dense_layers in config.json says that layer 0 has experts, but "
     "'model.layers.0.feed_forward.w1.weight' shows that it is dense"},
    {"an adapter beside the model",
     [](HFBuilder &b) { b.files["adapter_config.json"] = "{}"; },
     "the adapter beside the model (adapter_config.json) is not applied"},
    {"a layer type too many",
     [](HFBuilder &b) {
       editConfig(b, "[\"conv\", \"full_attention\"]",
                  "[\"conv\", \"full_attention\", \"conv\"]");
     },
     "layer_types has 3 entries for 2 layers"},
    {"another feed-forward size",
     [](HFBuilder &b) {
       editConfig(b, "\"intermediate_size\": 96", "\"intermediate_size\": 7");
     },
     "intermediate_size in config.json says feed-forward size 7, but "
     "'model.layers.0.feed_forward.w1.weight' shows 96"},
    {"no list of layers",
     [](HFBuilder &b) {
       editConfig(b, "\"layer_types\": [\"conv\", \"full_attention\"],", "");
     },
     "the tensors of layer 0 are those of a convolution layer, which "
     "layer_types in config.json does not say"},
    {"fewer experts in the config",
     [](HFBuilder &b) {
       editConfig(b, "\"num_experts\": 4", "\"num_experts\": 3");
     },
     "expert count 3, but "
     "'model.layers.1.feed_forward.experts.0.w1.weight' shows 4"},
    {"no tokenizer", [](HFBuilder &b) { b.files.erase("tokenizer.json"); },
     "has no tokenizer"},
};

INSTANTIATE_TEST_SUITE_P(All, SafetensorsLeniency,
                         testing::ValuesIn(leniencies));

} // namespace
