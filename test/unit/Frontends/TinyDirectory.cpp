// The Hugging Face form of the tiny checkpoint.

#include "TinyCheckpoint.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <cassert>

using namespace lfm2c::test;

static std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string out = "[";
  for (size_t i = 0; i < shape.size(); ++i)
    out += (i ? "," : "") + std::to_string(shape[i]);
  return out + "]";
}

std::string lfm2c::test::packSafetensors(llvm::ArrayRef<TinyTensor> tensors) {
  std::string header = "{\"__metadata__\":{\"format\":\"pt\"}", data;
  for (const TinyTensor &tensor : tensors) {
    header += ",\"" + tensor.hfName + "\":{\"dtype\":\"" +
              (tensor.type == 28 ? "F64" : "F32") +
              "\",\"shape\":" + shapeText(tensor.shape) +
              ",\"data_offsets\":[" + std::to_string(data.size()) + ",";
    data.append(tensor.bytes.begin(), tensor.bytes.end());
    header += std::to_string(data.size()) + "]}";
  }
  header += "}";
  Bytes length;
  length.u64(header.size());
  return std::string(length.data.begin(), length.data.end()) + header + data;
}

/// The tensors as transformers names them: experts one by one, or gate and up
/// of all experts in one.
static std::vector<TinyTensor> expand(std::vector<TinyTensor> tensors,
                                      bool stacked) {
  std::vector<TinyTensor> out;
  const TinyTensor *gate = nullptr;
  for (const TinyTensor &tensor : tensors) {
    size_t at = tensor.hfName.find('%');
    if (llvm::StringRef(tensor.hfName).ends_with("conv.conv.weight")) {
      out.push_back(tensor);
      out.back().shape = {tensor.shape[0], 1, tensor.shape[1]};
    } else if (at == std::string::npos) {
      out.push_back(tensor);
    } else if (!stacked) {
      const size_t slice = tensor.bytes.size() / tensor.shape[0];
      for (int64_t e = 0; e < tensor.shape[0]; ++e) {
        auto begin = tensor.bytes.begin() + e * slice;
        out.push_back({tensor.name,
                       tensor.hfName.substr(0, at) + std::to_string(e) +
                           tensor.hfName.substr(at + 1),
                       {tensor.shape[1], tensor.shape[2]},
                       {begin, begin + slice}});
      }
    } else if (tensor.name.find("gate") != std::string::npos) {
      gate = &tensor;
    } else if (tensor.name.find("up") != std::string::npos) {
      const int64_t experts = tensor.shape[0];
      const size_t slice = tensor.bytes.size() / experts;
      TinyTensor both{tensor.name,
                      tensor.hfName.substr(0, at) + "gate_up_proj",
                      {experts, 2 * tensor.shape[1], tensor.shape[2]},
                      {}};
      for (int64_t e = 0; e < experts; ++e)
        for (const TinyTensor *half : {gate, &tensor})
          both.bytes.insert(both.bytes.end(), half->bytes.begin() + e * slice,
                            half->bytes.begin() + (e + 1) * slice);
      out.push_back(both);
    } else {
      out.push_back(tensor);
      out.back().hfName = tensor.hfName.substr(0, at) + "down_proj";
    }
  }
  return out;
}

static const char denseConfig[] = R"({
  "architectures": ["Lfm2ForCausalLM"],
  "block_auto_adjust_ff_dim": false,
  "bos_token_id": 1, "eos_token_id": 4, "pad_token_id": 0,
  "conv_L_cache": 3, "conv_bias": false,
  "hidden_size": 64, "intermediate_size": 96,
  "layer_types": ["conv", "full_attention"],
  "max_position_embeddings": 1000,
  "model_type": "lfm2",
  "norm_eps": 1e-05,
  "num_attention_heads": 2, "num_hidden_layers": 2, "num_key_value_heads": 1,
  "rope_parameters": {"rope_theta": 1000000.0, "rope_type": "default"},
  "tie_word_embeddings": true,
  "vocab_size": 40
})";

static const char moeConfig[] = R"({
  "architectures": ["Lfm2MoeForCausalLM"],
  "bos_token_id": 1, "eos_token_id": 4, "pad_token_id": 0,
  "conv_L_cache": 3, "conv_bias": false,
  "hidden_size": 64, "intermediate_size": 96, "moe_intermediate_size": 32,
  "layer_types": ["conv", "full_attention"],
  "max_position_embeddings": 1000,
  "model_type": "lfm2_moe",
  "norm_eps": 1e-05, "norm_topk_prob": true,
  "num_attention_heads": 2, "num_hidden_layers": 2, "num_key_value_heads": 1,
  "num_dense_layers": 1, "num_experts": 4, "num_experts_per_tok": 2,
  "rope_theta": 1000000.0, "routed_scaling_factor": 1.0,
  "tie_embedding": true, "use_expert_bias": true,
  "vocab_size": 40
})";

static std::string tokenizerJSON() {
  std::string out = R"({"version": "1.0", "truncation": null, "padding": null,
  "added_tokens": [)";
  const char *special[] = {"<|pad|>", "<|startoftext|>", "<|endoftext|>",
                           "<|im_start|>", "<|im_end|>"};
  for (int id = 0; id < 5; ++id)
    out += "{\"id\": " + std::to_string(id) + ", \"content\": \"" +
           special[id] +
           R"(", "special": true, "normalized": false, "lstrip": false,
           "rstrip": false, "single_word": false}, )";
  out += R"({"id": 5, "content": "<think>", "special": false}],
  "normalizer": null,
  "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
    {"type": "Split", "pattern": {"Regex": "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"},
     "behavior": "Isolated", "invert": false},
    {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
     "use_regex": false}]},
  "post_processor": {"type": "Sequence", "processors": [
    {"type": "ByteLevel", "add_prefix_space": true, "use_regex": true},
    {"type": "TemplateProcessing",
     "single": [{"SpecialToken": {"id": "<|startoftext|>", "type_id": 0}},
                {"Sequence": {"id": "A", "type_id": 0}}],
     "pair": [], "special_tokens": {}}]},
  "decoder": {"type": "ByteLevel"},
  "model": {"type": "BPE", "dropout": null, "unk_token": null,
    "continuing_subword_prefix": null, "end_of_word_suffix": null,
    "byte_fallback": false, "ignore_merges": false, "vocab": {)";
  for (char c = 'a'; c <= 'z'; ++c)
    out +=
        "\"" + std::string(1, c) + "\": " + std::to_string(6 + c - 'a') + ", ";
  return out + R"("ab": 32, "abc": 33},
    "merges": [["a", "b"], ["ab", "c"]]}})";
}

HFBuilder::HFBuilder(bool moe, bool stackedExperts)
    : tensors(expand(tinyTensors(moe), stackedExperts)) {
  files["config.json"] = moe ? moeConfig : denseConfig;
  files["tokenizer.json"] = tokenizerJSON();
  files["tokenizer_config.json"] =
      R"({"bos_token": "<|startoftext|>", "eos_token": {"content": "<|im_end|>"},
          "pad_token": "<|pad|>", "chat_template": "unused"})";
  files["chat_template.jinja"] = "{{ bos_token }}";
  files["generation_config.json"] =
      R"({"bos_token_id": 1, "eos_token_id": [4], "pad_token_id": 0})";
  pack();
}

void HFBuilder::pack() {
  files["model.safetensors"] = packSafetensors(tensors);
}

void HFBuilder::packShards(size_t perShard) {
  files.erase("model.safetensors");
  std::string map;
  for (size_t at = 0, n = 1; at < tensors.size(); at += perShard, ++n) {
    std::string name = "model-" + std::to_string(n) + ".safetensors";
    auto shard = llvm::ArrayRef(tensors).drop_front(at).take_front(perShard);
    files[name] = packSafetensors(shard);
    for (const TinyTensor &tensor : shard)
      map += (map.empty() ? "" : ", ") + ("\"" + tensor.hfName + "\": \"") +
             name + "\"";
  }
  files["model.safetensors.index.json"] =
      "{\"metadata\": {}, \"weight_map\": {" + map + "}}";
}

void HFBuilder::write(llvm::StringRef directory) const {
  for (const auto &[name, content] : files) {
    const std::string path = directory.str() + "/" + name;
    std::error_code code =
        llvm::sys::fs::create_directories(llvm::sys::path::parent_path(path));
    assert(!code);
    llvm::raw_fd_ostream os(path, code);
    assert(!code);
    os << content;
  }
}

void HFBuilder::edit(llvm::StringRef name, llvm::StringRef from,
                     llvm::StringRef to) {
  std::string &text = files[name.str()];
  size_t at = text.find(from.str());
  if (at == std::string::npos)
    llvm::errs() << name << " has no " << from << "\n", abort();
  text.replace(at, from.size(), to.str());
}
