#include "frontends/safetensors/HFTensors.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lfm2c;

namespace {

constexpr int64_t maxExperts = 4096;

std::optional<Format> formatFromSafetensors(llvm::StringRef type) {
  return llvm::StringSwitch<std::optional<Format>>(type)
      .Case("F32", Format::F32)
      .Case("F16", Format::F16)
      .Case("BF16", Format::BF16)
      .Default(std::nullopt);
}

/// The parts of "model.layers.7.self_attn.q_proj.weight"; layer -1 without.
struct Name {
  int64_t layer = -1;
  llvm::StringRef leaf;
};

Name splitName(llvm::StringRef name) {
  name.consume_front("model.");
  Name out{-1, name};
  llvm::StringRef rest = name;
  unsigned layer;
  if (rest.consume_front("layers.") && !rest.consumeInteger(10, layer) &&
      rest.consume_front(".") && layer < (1u << 16)) {
    out.layer = layer;
    out.leaf = rest;
  }
  return out;
}

llvm::StringRef canonicalLeaf(llvm::StringRef leaf) {
  return llvm::StringSwitch<llvm::StringRef>(leaf)
      .Case("operator_norm.weight", "attn_norm.weight")
      .Case("ffn_norm.weight", "ffn_norm.weight")
      .Case("conv.in_proj.weight", "shortconv.in_proj.weight")
      .Case("conv.conv.weight", "shortconv.conv.weight")
      .Case("conv.out_proj.weight", "shortconv.out_proj.weight")
      .Case("self_attn.q_proj.weight", "attn_q.weight")
      .Case("self_attn.k_proj.weight", "attn_k.weight")
      .Case("self_attn.v_proj.weight", "attn_v.weight")
      .Case("self_attn.out_proj.weight", "attn_output.weight")
      .Case("self_attn.q_layernorm.weight", "attn_q_norm.weight")
      .Case("self_attn.k_layernorm.weight", "attn_k_norm.weight")
      .Case("feed_forward.w1.weight", "ffn_gate.weight")
      .Case("feed_forward.w2.weight", "ffn_down.weight")
      .Case("feed_forward.w3.weight", "ffn_up.weight")
      .Case("feed_forward.gate.weight", "ffn_gate_inp.weight")
      .Case("feed_forward.expert_bias", "exp_probs_b.bias")
      .Case("feed_forward.experts.down_proj", "ffn_down_exps.weight")
      .Default("");
}

llvm::StringRef expertLeaf(llvm::StringRef part) {
  return llvm::StringSwitch<llvm::StringRef>(part)
      .Case("w1.weight", "ffn_gate_exps.weight")
      .Case("w2.weight", "ffn_down_exps.weight")
      .Case("w3.weight", "ffn_up_exps.weight")
      .Default("");
}

/// The entry as a tensor without pieces.
llvm::Expected<Tensor> makeTensor(const SafetensorsEntry &entry,
                                  llvm::StringRef canonical,
                                  llvm::StringRef path) {
  std::optional<Format> format = formatFromSafetensors(entry.type);
  if (!format)
    return makeError("{0}: tensor {1} has type {2}, which is not supported; "
                     "supported are F32, F16 and BF16",
                     path, quoted(entry.name), quoted(entry.type));
  if (entry.shape.empty() || entry.bytes.empty())
    return makeError("{0}: tensor {1} of shape {2} is empty or a scalar", path,
                     quoted(entry.name), formatShape(entry.shape));
  Tensor tensor;
  tensor.name = canonical.str();
  tensor.format = *format;
  tensor.shape.assign(entry.shape.begin(), entry.shape.end());
  return std::move(tensor);
}

} // namespace

std::string lfm2c::canonicalHFName(llvm::StringRef name) {
  Name parts = splitName(name);
  if (parts.layer >= 0) {
    llvm::StringRef leaf = canonicalLeaf(parts.leaf);
    return leaf.empty() ? "" : layerTensorName(parts.layer, leaf);
  }
  return llvm::StringSwitch<llvm::StringRef>(parts.leaf)
      .Case("embed_tokens.weight", "token_embd.weight")
      .Case("embedding_norm.weight", "token_embd_norm.weight")
      .Case("lm_head.weight", "output.weight")
      .Default("")
      .str();
}

llvm::Error HFTensorReader::add(llvm::ArrayRef<SafetensorsEntry> entries,
                                llvm::StringRef path) {
  for (const SafetensorsEntry &entry : entries)
    if (llvm::Error error = addOne(entry, path))
      return error;
  return llvm::Error::success();
}

llvm::Error HFTensorReader::addOne(const SafetensorsEntry &entry,
                                   llvm::StringRef path) {
  Name name = splitName(entry.name);
  llvm::StringRef leaf = name.leaf;
  if (name.layer >= 0 && leaf == "feed_forward.experts.gate_up_proj")
    return addGateUp(entry, name.layer, path);
  unsigned expert;
  if (name.layer >= 0 && leaf.consume_front("feed_forward.experts.") &&
      !leaf.consumeInteger(10, expert) && leaf.consume_front(".") &&
      !expertLeaf(leaf).empty())
    return addExpert(entry, layerTensorName(name.layer, expertLeaf(leaf)),
                     expert, path);
  std::string canonical = canonicalHFName(entry.name);
  // A layer's tensor without a canonical name keeps the check from passing.
  if (canonical.empty())
    canonical =
        name.layer >= 0 ? layerTensorName(name.layer, name.leaf) : entry.name;
  llvm::Expected<Tensor> tensor = makeTensor(entry, canonical, path);
  if (!tensor)
    return tensor.takeError();
  tensor->pieces.push_back(entry.bytes);
  return insert(std::move(*tensor), entry.name);
}

llvm::Error HFTensorReader::insert(Tensor tensor, llvm::StringRef original) {
  std::string name = tensor.name;
  if (checkpoint.tensors.try_emplace(name, std::move(tensor)).second)
    return llvm::Error::success();
  return makeError("tensor {0} occurs twice in the checkpoint",
                   quoted(original));
}

/// [E, 2 * F, h], the gates' rows of each expert before its ups'.
llvm::Error HFTensorReader::addGateUp(const SafetensorsEntry &entry,
                                      int64_t layer, llvm::StringRef path) {
  llvm::Expected<Tensor> gate =
      makeTensor(entry, layerTensorName(layer, "ffn_gate_exps.weight"), path);
  if (!gate)
    return gate.takeError();
  if (gate->shape.size() != 3 || gate->shape[0] > maxExperts ||
      gate->shape[1] % 2 != 0)
    return makeError("{0}: tensor {1} should have shape [experts, 2 * size, "
                     "hidden] but has {2}",
                     path, quoted(entry.name), formatShape(gate->shape));
  gate->shape[1] /= 2;
  Tensor up = *gate;
  up.name = layerTensorName(layer, "ffn_up_exps.weight");
  const size_t slice = entry.bytes.size() / (2 * gate->shape[0]);
  for (int64_t e = 0; e < gate->shape[0]; ++e) {
    gate->pieces.push_back(entry.bytes.slice(2 * e * slice, slice));
    up.pieces.push_back(entry.bytes.slice((2 * e + 1) * slice, slice));
  }
  if (llvm::Error error = insert(std::move(*gate), entry.name))
    return error;
  return insert(std::move(up), entry.name);
}

llvm::Error HFTensorReader::addExpert(const SafetensorsEntry &entry,
                                      const std::string &canonical,
                                      unsigned expert, llvm::StringRef path) {
  llvm::Expected<Tensor> slice = makeTensor(entry, canonical, path);
  if (!slice)
    return slice.takeError();
  if (slice->shape.size() != 2)
    return makeError("{0}: tensor {1} should be a matrix but has shape {2}",
                     path, quoted(entry.name), formatShape(slice->shape));
  Experts &all =
      experts.try_emplace(canonical, Experts{*slice, {}}).first->second;
  if (all.slice.format != slice->format || all.slice.shape != slice->shape)
    return makeError("{0}: tensor {1} of type {2} and shape {3} should be like "
                     "those of the other experts",
                     path, quoted(entry.name), entry.type,
                     formatShape(entry.shape));
  if (!all.bytes.emplace(expert, entry.bytes).second)
    return makeError("{0}: tensor {1} occurs twice in the checkpoint", path,
                     quoted(entry.name));
  return llvm::Error::success();
}

llvm::Error HFTensorReader::joinExperts() {
  for (auto &[name, all] : experts) {
    const size_t count = all.bytes.size();
    if (all.bytes.rbegin()->first != count - 1) {
      size_t missing = 0;
      while (all.bytes.count(missing))
        ++missing;
      return makeError("expert {0} is missing among those that become {1}; "
                       "get the whole checkpoint",
                       missing, name);
    }
    Tensor tensor = all.slice;
    tensor.shape.insert(tensor.shape.begin(), int64_t(count));
    for (const auto &entry : all.bytes)
      tensor.pieces.push_back(entry.second);
    if (llvm::Error error = insert(std::move(tensor), name))
      return error;
  }
  return llvm::Error::success();
}

llvm::Error HFTensorReader::finish(const HFConfig &config) {
  if (llvm::Error error = joinExperts())
    return error;
  // Tied models may still carry the head, equal or not: transformers ignores
  // it, and so do we.
  if (config.model.tiedHead)
    checkpoint.tensors.erase("output.weight");
  for (size_t i = 0; i < config.model.layers.size(); ++i) {
    std::string bias = layerTensorName(i, "exp_probs_b.bias");
    if (!config.useExpertBias)
      checkpoint.tensors.erase(bias);
    else if (config.model.layers[i].isMoE() && !checkpoint.find(bias))
      return makeError("use_expert_bias is true, but tensor "
                       "model.layers.{0}.feed_forward.expert_bias is missing",
                       i);
  }
  // The filter of a depthwise convolution: one input channel per group.
  for (auto &entry : checkpoint.tensors) {
    Tensor &tensor = entry.second;
    if (entry.first().ends_with("shortconv.conv.weight") &&
        tensor.shape.size() == 3 && tensor.shape[1] == 1)
      tensor.shape.erase(tensor.shape.begin() + 1);
  }
  return llvm::Error::success();
}
