// Which key of a file holds a number of the model's configuration.

#include "lib/Model/ModelConfig.h"

using namespace lfm2c;
using llvm::StringRef;

std::string lfm2c::configKey(const ModelConfig &config, StringRef what) {
  constexpr struct {
    StringRef what, hf, gguf;
  } keys[] = {
      {"hidden size", "hidden_size", "embedding_length"},
      {"vocabulary size", "vocab_size", "vocab_size"},
      {"head count", "num_attention_heads", "attention.head_count"},
      {"head size", "head_dim", "attention.key_length"},
      {"KV head count", "num_key_value_heads", "attention.head_count_kv"},
      {"count of convolution taps", "conv_L_cache", "shortconv.l_cache"},
      {"context length", "max_position_embeddings", "context_length"},
      {"layer count", "num_hidden_layers", "block_count"},
      {"feed-forward size of an expert", "moe_intermediate_size",
       "expert_feed_forward_length"},
      {"feed-forward size", "intermediate_size", "feed_forward_length"},
      {"expert count", "num_experts", "expert_count"},
      {"count of experts used", "num_experts_per_tok", "expert_used_count"},
      {"dense layers", "num_dense_layers", "leading_dense_block_count"},
      {"epsilon of the norms", "norm_eps", "attention.layer_norm_rms_epsilon"},
      {"RoPE base", "rope_theta", "rope.freq_base"},
      {"scale of the routed experts", "routed_scaling_factor",
       "expert_weights_scale"},
      {"layer kinds", "layer_types", "attention.head_count_kv"},
      {"causal", "architectures", "attention.causal"},
      {"size of vectors", "hidden_size", "embedding_length_out"},
  };
  for (const auto &key : keys)
    if (what.starts_with(key.what)) // "head size of layer 3", too.
      return config.wording == Wording::HuggingFace
                 ? key.hf.str() + " in config.json"
                 : config.architecture + "." + key.gguf.str();
  return "";
}
