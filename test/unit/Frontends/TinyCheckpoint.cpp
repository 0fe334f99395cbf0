// Small checkpoints for tests, byte by byte.
#include "TinyCheckpoint.h"
#include "llvm/ADT/bit.h"
#include <algorithm>
#include <cstring>

using namespace lfm2c::test;

Bytes &Bytes::u32(uint32_t value) {
  for (int i = 0; i < 4; ++i)
    data.push_back(value >> 8 * i);
  return *this;
}

Bytes &Bytes::u64(uint64_t value) {
  return u32(uint32_t(value)).u32(uint32_t(value >> 32));
}

Bytes &Bytes::f32(float value) { return u32(llvm::bit_cast<uint32_t>(value)); }

Bytes &Bytes::text(llvm::StringRef value) {
  u64(value.size());
  data.insert(data.end(), value.begin(), value.end());
  return *this;
}

Bytes &Bytes::raw(llvm::ArrayRef<uint8_t> value) {
  data.insert(data.end(), value.begin(), value.end());
  return *this;
}

std::vector<uint8_t> lfm2c::test::asDoubles(llvm::ArrayRef<uint8_t> floats) {
  Bytes out;
  for (size_t i = 0; i < floats.size(); i += 4) {
    float value;
    memcpy(&value, &floats[i], 4);
    out.u64(llvm::bit_cast<uint64_t>(double(value)));
  }
  return out.data;
}

static TinyTensor makeTensor(std::string name, std::string hfName,
                             std::vector<int64_t> shape) {
  TinyTensor tensor{name, hfName, shape, {}};
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  // Values that tell tensors and elements apart.
  uint32_t state = uint32_t(name.size()) * 2654435761u + name.back();
  Bytes bytes;
  for (int64_t i = 0; i < count; ++i) {
    state = state * 1664525u + 1013904223u;
    bytes.f32(float(int32_t(state) >> 16) / 65536);
  }
  tensor.bytes = std::move(bytes.data);
  return tensor;
}

std::vector<TinyTensor> lfm2c::test::tinyTensors(bool moe) {
  const int64_t h = 64, f = 96, fe = 32, e = 4, kv = 32, vocab = 40;
  std::vector<TinyTensor> out;
  auto add = [&](std::string name, std::string hfName,
                 std::vector<int64_t> shape) {
    out.push_back(makeTensor(name, "model." + hfName, shape));
  };
  add("token_embd.weight", "embed_tokens.weight", {vocab, h});
  add("token_embd_norm.weight", "embedding_norm.weight", {h});
  for (int layer = 0; layer < 2; ++layer) {
    std::string g = "blk." + std::to_string(layer) + ".";
    std::string t = "layers." + std::to_string(layer) + ".";
    add(g + "attn_norm.weight", t + "operator_norm.weight", {h});
    if (layer == 0) {
      add(g + "shortconv.in_proj.weight", t + "conv.in_proj.weight",
          {3 * h, h});
      add(g + "shortconv.conv.weight", t + "conv.conv.weight", {h, 3});
      add(g + "shortconv.out_proj.weight", t + "conv.out_proj.weight", {h, h});
    } else {
      add(g + "attn_q.weight", t + "self_attn.q_proj.weight", {h, h});
      add(g + "attn_k.weight", t + "self_attn.k_proj.weight", {kv, h});
      add(g + "attn_v.weight", t + "self_attn.v_proj.weight", {kv, h});
      add(g + "attn_output.weight", t + "self_attn.out_proj.weight", {h, h});
      add(g + "attn_q_norm.weight", t + "self_attn.q_layernorm.weight", {32});
      add(g + "attn_k_norm.weight", t + "self_attn.k_layernorm.weight", {32});
    }
    add(g + "ffn_norm.weight", t + "ffn_norm.weight", {h});
    t += "feed_forward.";
    if (layer == 0 || !moe) {
      add(g + "ffn_gate.weight", t + "w1.weight", {f, h});
      add(g + "ffn_up.weight", t + "w3.weight", {f, h});
      add(g + "ffn_down.weight", t + "w2.weight", {h, f});
      continue;
    }
    add(g + "ffn_gate_inp.weight", t + "gate.weight", {e, h});
    add(g + "exp_probs_b.bias", t + "expert_bias", {e});
    add(g + "ffn_gate_exps.weight", t + "experts.%.w1.weight", {e, fe, h});
    add(g + "ffn_up_exps.weight", t + "experts.%.w3.weight", {e, fe, h});
    add(g + "ffn_down_exps.weight", t + "experts.%.w2.weight", {e, h, fe});
  }
  return out;
}

/// 34 tokens; the rows from 34 on have none.
static std::vector<std::string> tinyTokens() {
  std::vector<std::string> tokens = {"<|pad|>",       "<|startoftext|>",
                                     "<|endoftext|>", "<|im_start|>",
                                     "<|im_end|>",    "<think>"};
  for (char c = 'a'; c <= 'z'; ++c)
    tokens.push_back(std::string(1, c));
  tokens.push_back("ab");
  tokens.push_back("abc");
  return tokens;
}

GGUFBuilder::GGUFBuilder(bool moe) : tensors(tinyTensors(moe)) {
  std::string arch = moe ? "lfm2moe" : "lfm2";
  setText("general.architecture", arch);
  setText("general.name", "Tiny");
  setU32(arch + ".block_count", 2);
  setU32(arch + ".context_length", 1000);
  setU32(arch + ".embedding_length", 64);
  setU32(arch + ".feed_forward_length", 96);
  setU32(arch + ".attention.head_count", 2);
  setInts(arch + ".attention.head_count_kv", {0, 1});
  setF32(arch + ".attention.layer_norm_rms_epsilon", 1e-5f);
  setU32(arch + ".shortconv.l_cache", 3);
  setF32(arch + ".rope.freq_base", 1e6f);
  setU32(arch + ".vocab_size", 40);
  if (moe) {
    setU32(arch + ".expert_count", 4);
    setU32(arch + ".expert_used_count", 2);
    setU32(arch + ".expert_feed_forward_length", 32);
    setU32(arch + ".leading_dense_block_count", 1);
    setU32(arch + ".expert_gating_func", 2);
  }
  std::vector<std::string> tokens = tinyTokens();
  std::vector<int32_t> types(tokens.size(), 1);
  std::fill_n(types.begin(), 5, 3);
  types[5] = 4;
  while (tokens.size() < 40) {
    tokens.push_back("[PAD" + std::to_string(tokens.size()) + "]");
    types.push_back(5);
  }
  setText("tokenizer.ggml.model", "gpt2");
  setText("tokenizer.ggml.pre", "lfm2");
  setTexts("tokenizer.ggml.tokens", tokens);
  setInts("tokenizer.ggml.token_type", types);
  setTexts("tokenizer.ggml.merges", {"a b", "ab c"});
  setU32("tokenizer.ggml.bos_token_id", 1);
  setU32("tokenizer.ggml.eos_token_id", 4);
  setU32("tokenizer.ggml.padding_token_id", 0);
  setBool("tokenizer.ggml.add_bos_token", true);
  setText("tokenizer.chat_template", "{{ bos_token }}");
}

void GGUFBuilder::set(llvm::StringRef key, uint32_t type, const Bytes &value) {
  for (auto &entry : values)
    if (entry.first == key) {
      entry.second = {type, value};
      return;
    }
  values.push_back({key.str(), {type, value}});
}

void GGUFBuilder::setU32(llvm::StringRef key, uint32_t value) {
  set(key, 4, Bytes().u32(value));
}

void GGUFBuilder::setF32(llvm::StringRef key, float value) {
  set(key, 6, Bytes().f32(value));
}

void GGUFBuilder::setBool(llvm::StringRef key, bool value) {
  set(key, 7, Bytes().raw({uint8_t(value)}));
}

void GGUFBuilder::setText(llvm::StringRef key, llvm::StringRef value) {
  set(key, 8, Bytes().text(value));
}

void GGUFBuilder::setTexts(llvm::StringRef key,
                           llvm::ArrayRef<std::string> values) {
  Bytes bytes;
  bytes.u32(8).u64(values.size());
  for (const std::string &value : values)
    bytes.text(value);
  set(key, 9, bytes);
}

void GGUFBuilder::setInts(llvm::StringRef key, llvm::ArrayRef<int32_t> values) {
  Bytes bytes;
  bytes.u32(5).u64(values.size());
  for (int32_t value : values)
    bytes.u32(value);
  set(key, 9, bytes);
}

void GGUFBuilder::drop(llvm::StringRef key) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [&](const auto &v) { return v.first == key; }),
               values.end());
}

TinyTensor &GGUFBuilder::tensor(llvm::StringRef name) {
  return *std::find_if(tensors.begin(), tensors.end(),
                       [&](const TinyTensor &t) { return t.name == name; });
}

void GGUFBuilder::dropTensor(llvm::StringRef name) {
  tensors.erase(tensors.begin() + (&tensor(name) - tensors.data()));
}

std::vector<uint8_t> GGUFBuilder::build() const {
  Bytes out, data;
  out.raw({'G', 'G', 'U', 'F'}).u32(version);
  out.u64(tensors.size() + extraTensors).u64(values.size() + extraValues);
  for (const auto &entry : values)
    out.text(entry.first).u32(entry.second.first).raw(entry.second.second.data);
  for (const TinyTensor &tensor : tensors) {
    data.data.resize((data.data.size() + 31) / 32 * 32);
    uint64_t offset = data.data.size();
    if (auto it = offsetErrors.find(tensor.name); it != offsetErrors.end())
      offset += it->second;
    out.text(tensor.name).u32(tensor.shape.size());
    for (auto it = tensor.shape.rbegin(); it != tensor.shape.rend(); ++it)
      out.u64(*it);
    out.u32(tensor.type).u64(offset);
    data.raw(tensor.bytes);
  }
  out.data.resize((out.data.size() + 31) / 32 * 32);
  headerBytes = out.data.size();
  return out.raw(data.data).data;
}
