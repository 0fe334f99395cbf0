#include "lib/Weights/TensorNames.h"

using namespace lfm2c;
using llvm::StringRef;

namespace {

/// A tensor's name in GGUF and in transformers, and what others that write
/// transformers' folders call it.
struct NamePair {
  StringRef canonical, hf, alias = "";
};

constexpr NamePair modelNames[] = {
    {"token_embd.weight", "embed_tokens.weight"},
    {"token_embd_norm.weight", "embedding_norm.weight"},
    {"output.weight", "lm_head.weight"},
};

// MLX calls the three matrices by their use, and stacks those of experts.
constexpr NamePair layerNames[] = {
    {"attn_norm.weight", "operator_norm.weight"},
    {"ffn_norm.weight", "ffn_norm.weight"},
    {"shortconv.in_proj.weight", "conv.in_proj.weight"},
    {"shortconv.conv.weight", "conv.conv.weight"},
    {"shortconv.out_proj.weight", "conv.out_proj.weight"},
    {"attn_q.weight", "self_attn.q_proj.weight"},
    {"attn_k.weight", "self_attn.k_proj.weight"},
    {"attn_v.weight", "self_attn.v_proj.weight"},
    {"attn_output.weight", "self_attn.out_proj.weight"},
    {"attn_q_norm.weight", "self_attn.q_layernorm.weight"},
    {"attn_k_norm.weight", "self_attn.k_layernorm.weight"},
    {"ffn_gate.weight", "feed_forward.w1.weight",
     "feed_forward.gate_proj.weight"},
    {"ffn_down.weight", "feed_forward.w2.weight",
     "feed_forward.down_proj.weight"},
    {"ffn_up.weight", "feed_forward.w3.weight", "feed_forward.up_proj.weight"},
    {"ffn_gate_inp.weight", "feed_forward.gate.weight"},
    {"exp_probs_b.bias", "feed_forward.expert_bias"},
    {"ffn_gate_exps.weight", "feed_forward.experts.0.w1.weight",
     "feed_forward.switch_mlp.gate_proj.weight"},
    {"ffn_down_exps.weight", "feed_forward.experts.0.w2.weight",
     "feed_forward.switch_mlp.down_proj.weight"},
    {"ffn_up_exps.weight", "feed_forward.experts.0.w3.weight",
     "feed_forward.switch_mlp.up_proj.weight"},
    {"ffn_down_exps.weight", "feed_forward.experts.down_proj"},
};

constexpr StringRef expertPrefix = "feed_forward.experts.0.";

} // namespace

std::string lfm2c::layerTensorName(int64_t layer, StringRef leaf) {
  return "blk." + std::to_string(layer) + "." + leaf.str();
}

TensorNameParts lfm2c::splitTensorName(StringRef name, StringRef layers) {
  StringRef rest = name;
  unsigned layer;
  if (rest.consume_front(layers) && !rest.consumeInteger(10, layer) &&
      rest.consume_front(".") && layer < (1u << 16))
    return {layer, rest};
  return {-1, name};
}

std::string lfm2c::canonicalFromHF(StringRef name) {
  const TensorNameParts parts = splitTensorName(name, "layers.");
  if (parts.layer < 0) {
    for (const NamePair &pair : modelNames)
      if (name == pair.hf)
        return pair.canonical.str();
    return "";
  }
  for (const NamePair &pair : layerNames)
    if ((parts.leaf == pair.hf && !pair.hf.starts_with(expertPrefix)) ||
        (!pair.alias.empty() && parts.leaf == pair.alias))
      return layerTensorName(parts.layer, pair.canonical);
  return "";
}

StringRef lfm2c::canonicalExpertLeaf(StringRef leaf) {
  for (const NamePair &pair : layerNames)
    if (pair.hf.starts_with(expertPrefix) &&
        pair.hf.drop_front(expertPrefix.size()) == leaf)
      return pair.canonical;
  return "";
}

std::string TensorNaming::spell(StringRef canonical) const {
  if (wording == Wording::GGUF)
    return canonical.str();
  // The head is no part of the model that the prefix names.
  if (canonical == "output.weight") {
    StringRef outer = prefix;
    outer.consume_back("model.");
    outer.consume_back("lfm2.");
    outer.consume_back("model.language_");
    return (outer + "lm_head.weight").str();
  }
  for (const NamePair &pair : modelNames)
    if (canonical == pair.canonical)
      return prefix + pair.hf.str();
  const TensorNameParts parts = splitTensorName(canonical, "blk.");
  for (const NamePair &pair : layerNames)
    if (parts.layer >= 0 && parts.leaf == pair.canonical)
      return prefix + "layers." + std::to_string(parts.layer) + "." +
             pair.hf.str();
  return canonical.str();
}
