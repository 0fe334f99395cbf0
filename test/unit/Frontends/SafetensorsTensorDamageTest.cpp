// Hugging Face directories with tensors that are missing, too many, or of other
// names and shapes than the model has.

#include "HFDamage.h"

using namespace lfm2c;
using namespace lfm2c::test;

namespace {

class SafetensorsTensorDamage : public testing::TestWithParam<HFChange> {};

TEST_P(SafetensorsTensorDamage, IsRefusedInOneLine) {
  expectRefused(GetParam());
}

const HFChange damages[] = {
    {"tensor missing",
     [](HFBuilder &b) {
       b.tensors.erase(b.tensors.begin() + 1);
       b.pack();
     },
     "tensor 'model.embedding_norm.weight' of shape [64] is missing from the "
     "checkpoint; get the whole checkpoint"},
    {"tensor under another name",
     [](HFBuilder &b) {
       tensorOf(b, "model.embedding_norm.weight").hfName =
           "model.final_norm.weight";
       b.pack();
     },
     "tensor 'model.embedding_norm.weight' of shape [64] is missing; there is "
     "'model.final_norm.weight', which has no place; rename it if it is the "
     "missing one, or get the whole checkpoint"},
    {"tensor of a layer under another name",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.operator_norm.weight").hfName =
           "model.layers.1.input_layernorm.weight";
       b.pack();
     },
     "tensor 'model.layers.1.operator_norm.weight' of shape [64] is missing; "
     "there is 'model.layers.1.input_layernorm.weight'"},
    {"weights of an adapter",
     [](HFBuilder &b) {
       TinyTensor lora = tensorOf(b, "model.embedding_norm.weight");
       lora.hfName = "base_model.model.model.layers.1.self_attn.q_proj."
                     "lora_A.default.weight";
       b.tensors.push_back(lora);
       b.pack();
     },
     "lora_A.default....' is of an adapter that is not merged into the "
     "weights; save the adapter in a folder of its own (save_pretrained() of "
     "PEFT) and give that by --lora=DIR"},
    {"a bias of the head",
     [](HFBuilder &b) {
       TinyTensor bias = tensorOf(b, "model.embedding_norm.weight");
       bias.hfName = "lm_head.bias";
       b.tensors.push_back(bias);
       b.pack();
     },
     "tensor 'lm_head.bias' has no place in this model; it is of a variant "
     "that is not supported"},
    {"more layers than the config says",
     [](HFBuilder &b) {
       TinyTensor norm = tensorOf(b, "model.layers.1.operator_norm.weight");
       norm.hfName = "model.layers.2.operator_norm.weight";
       b.tensors.push_back(norm);
       b.pack();
     },
     "tensor 'model.layers.2.operator_norm.weight' is of layer 2, but "
     "num_hidden_layers in config.json says that the last is 1"},
    {"expert missing",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.experts.1.w3.weight").hfName =
           "model.layers.1.feed_forward.experts.4.w3.weight";
       b.pack();
     },
     "expert 1 is missing, though "
     "'model.layers.1.feed_forward.experts.4.w3.weight' is there"},
    {"an expert of another shape",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.experts.1.w3.weight").shape = {
           64, 32};
       b.pack();
     },
     "should be like those of the other experts"},
    {"the bias of the experts missing",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.expert_bias").hfName = "other";
       b.pack();
     },
     "use_expert_bias is true, but tensor "
     "'model.layers.1.feed_forward.expert_bias' is missing"},
    {"shapes contradicting each other",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.0.conv.in_proj.weight").shape = {64, 192};
       b.pack();
     },
     "tensor 'model.layers.0.conv.in_proj.weight' should have shape [192, 64] "
     "but has [64, 192]"},
    {"a tensor under two names",
     [](HFBuilder &b) {
       b.tensors.push_back(b.tensors[1]);
       b.tensors.back().hfName = "embedding_norm.weight";
       b.pack();
     },
     "tensor 'embedding_norm.weight' occurs twice in the checkpoint: "
     "'model.embedding_norm.weight' in "},
    {"an expert under two names",
     [](HFBuilder &b) {
       TinyTensor expert =
           tensorOf(b, "model.layers.1.feed_forward.experts.1.w3.weight");
       expert.hfName = "layers.1.feed_forward.experts.1.w3.weight";
       b.tensors.push_back(expert);
       b.pack();
     },
     "occurs twice in the checkpoint"},
    {"an expert that is a vector",
     [](HFBuilder &b) {
       tensorOf(b, "model.layers.1.feed_forward.experts.0.w1.weight").shape = {
           64 * 32};
       b.pack();
     },
     "should be a matrix but has shape [2048]"},
    {"stacked experts of an odd size",
     [](HFBuilder &b) {
       b = HFBuilder(/*moe=*/true, /*stackedExperts=*/true);
       tensorOf(b, "model.layers.1.feed_forward.experts.gate_up_proj").shape = {
           4, 1, 4096};
       b.pack();
     },
     "should have shape [experts, 2 * size, hidden] but has [4, 1, 4096]"},
};

INSTANTIATE_TEST_SUITE_P(All, SafetensorsTensorDamage,
                         testing::ValuesIn(damages));

} // namespace
