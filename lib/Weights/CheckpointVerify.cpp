// What the tensors of a checkpoint say against what its metadata says.
//
// Published files exist whose metadata is wrong (a feed-forward length before
// its adjustment, a scalar where a list belongs), so shapes decide wherever one
// tensor alone fixes a number. All other tensors are then checked against these
// numbers, and a contradiction between two tensors is an error.

#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/StringSet.h"
#include <algorithm>

using namespace lfm2c;

std::string lfm2c::layerTensorName(int64_t layer, llvm::StringRef leaf) {
  return "blk." + std::to_string(layer) + "." + leaf.str();
}

namespace {

class Reconciler {
public:
  explicit Reconciler(Checkpoint &checkpoint)
      : checkpoint(checkpoint), config(checkpoint.config) {}

  void run() {
    if (const Tensor *embedding = matrix("token_embd.weight")) {
      settle(config.vocab, embedding->shape[0], "vocabulary size",
             embedding->name);
      settle(config.hidden, embedding->shape[1], "hidden size",
             embedding->name);
    }
    config.tiedHead = config.tiedHead && !checkpoint.find("output.weight");
    for (size_t i = 0; i < config.layers.size(); ++i)
      reconcileLayer(i, config.layers[i]);
  }

private:
  const Tensor *ranked(llvm::StringRef name, size_t rank) const {
    const Tensor *tensor = checkpoint.find(name);
    return tensor && tensor->shape.size() == rank ? tensor : nullptr;
  }
  const Tensor *matrix(llvm::StringRef name) const { return ranked(name, 2); }

  /// Takes `found`, the number that `tensor` shows, and warns once for each
  /// kind of number if the metadata had another.
  void settle(int64_t &value, int64_t found, llvm::StringRef what,
              llvm::StringRef tensor) {
    if (value == found)
      return;
    if (warned.insert(what).second)
      checkpoint.warnings.push_back(
          llvm::formatv("the metadata says {0} {1}, but {2} shows {3}; using "
                        "what the tensors show",
                        what, value, tensor, found)
              .str());
    value = found;
  }

  void reconcileLayer(int64_t index, LayerConfig &layer) {
    auto name = [&](llvm::StringRef leaf) {
      return layerTensorName(index, leaf);
    };
    const Tensor *filter = matrix(name("shortconv.conv.weight"));
    const Tensor *query = matrix(name("attn_q.weight"));
    if (filter && !query && layer.kind != LayerKind::Conv)
      setKind(index, layer, LayerKind::Conv);
    else if (query && !filter && layer.kind != LayerKind::Attention)
      setKind(index, layer, LayerKind::Attention);

    if (layer.kind == LayerKind::Conv && filter)
      settle(config.convTaps, filter->shape[1], "count of convolution taps",
             filter->name);
    if (layer.kind == LayerKind::Attention)
      reconcileAttention(index, layer);

    if (const Tensor *gate = matrix(name("ffn_gate.weight"))) {
      settle(layer.experts, 0, "expert count", gate->name);
      settle(layer.ffnSize, gate->shape[0], "feed-forward size", gate->name);
    } else if (const Tensor *gates = ranked(name("ffn_gate_exps.weight"), 3)) {
      settle(layer.experts, gates->shape[0], "expert count", gates->name);
      settle(layer.ffnSize, gates->shape[1], "feed-forward size of an expert",
             gates->name);
    }
    layer.hasExpertBias =
        layer.isMoE() && checkpoint.find(name("exp_probs_b.bias"));
  }

  void setKind(int64_t index, LayerConfig &layer, LayerKind kind) {
    layer.kind = kind;
    if (kind == LayerKind::Conv)
      layer.kvHeads = 0;
    if (warned.insert("kind").second)
      checkpoint.warnings.push_back(
          llvm::formatv(
              "the metadata says otherwise, but by its tensors layer "
              "{0} is {1}; using what the tensors show",
              index, kind == LayerKind::Conv ? "a convolution" : "an attention")
              .str());
  }

  void reconcileAttention(int64_t index, LayerConfig &layer) {
    auto name = [&](llvm::StringRef leaf) {
      return layerTensorName(index, leaf);
    };
    if (const Tensor *norm = ranked(name("attn_q_norm.weight"), 1))
      settle(config.headSize, norm->shape[0], "head size", norm->name);
    const int64_t size = config.headSize;
    if (size < 1)
      return;
    // Rows that are no multiple of the head size are left to the check.
    const Tensor *query = matrix(name("attn_q.weight"));
    if (query && query->shape[0] % size == 0)
      settle(config.heads, query->shape[0] / size, "head count", query->name);
    const Tensor *key = matrix(name("attn_k.weight"));
    if (key && key->shape[0] % size == 0)
      settle(layer.kvHeads, key->shape[0] / size, "KV head count", key->name);
  }

  Checkpoint &checkpoint;
  ModelConfig &config;
  llvm::StringSet<> warned;
};

/// Whether a tensor takes part in a matrix product, where any format will do.
/// All others are read element by element and stay floats.
enum class Role { Matrix, Float };

class Checker {
public:
  explicit Checker(Checkpoint &checkpoint)
      : checkpoint(checkpoint), config(checkpoint.config) {}

  llvm::Error run() {
    const int64_t h = config.hidden;
    need("token_embd.weight", {config.vocab, h}, Role::Matrix);
    if (!config.tiedHead)
      need("output.weight", {config.vocab, h}, Role::Matrix);
    need("token_embd_norm.weight", {h}, Role::Float);
    for (size_t i = 0; i < config.layers.size() && problem.empty(); ++i)
      checkLayer(i, config.layers[i]);
    if (problem.empty())
      checkOthers();
    if (problem.empty())
      checkTokenizer();
    return problem.empty() ? llvm::Error::success() : makeErrorText(problem);
  }

private:
  /// The first problem counts; later calls do nothing.
  void need(const std::string &name, llvm::ArrayRef<int64_t> shape, Role role) {
    if (!problem.empty())
      return;
    used.insert(name);
    const Tensor *tensor = checkpoint.find(name);
    if (!tensor) {
      problem = "tensor " + name + " of shape " + formatShape(shape) +
                " is missing from the checkpoint";
      return;
    }
    if (llvm::ArrayRef<int64_t>(tensor->shape) != shape) {
      problem = "tensor " + name + " should have shape " + formatShape(shape) +
                " but has " + formatShape(tensor->shape);
      return;
    }
    const FormatInfo &format = getFormatInfo(tensor->format);
    if (role == Role::Float && format.isQuantized())
      problem = "tensor " + name + " should be f32, f16 or bf16 but is " +
                format.name.str();
  }

  void checkLayer(int64_t index, const LayerConfig &layer) {
    const int64_t h = config.hidden, f = layer.ffnSize, e = layer.experts;
    const int64_t q = config.heads * config.headSize;
    const int64_t kv = layer.kvHeads * config.headSize;
    auto needed = [&](llvm::StringRef leaf, llvm::ArrayRef<int64_t> shape,
                      Role role = Role::Matrix) {
      need(layerTensorName(index, leaf), shape, role);
    };
    needed("attn_norm.weight", {h}, Role::Float);
    if (layer.kind == LayerKind::Conv) {
      needed("shortconv.in_proj.weight", {3 * h, h});
      needed("shortconv.conv.weight", {h, config.convTaps}, Role::Float);
      needed("shortconv.out_proj.weight", {h, h});
    } else {
      needed("attn_q.weight", {q, h});
      needed("attn_k.weight", {kv, h});
      needed("attn_v.weight", {kv, h});
      needed("attn_output.weight", {h, q});
      needed("attn_q_norm.weight", {config.headSize}, Role::Float);
      needed("attn_k_norm.weight", {config.headSize}, Role::Float);
    }
    needed("ffn_norm.weight", {h}, Role::Float);
    if (!layer.isMoE()) {
      needed("ffn_gate.weight", {f, h});
      needed("ffn_up.weight", {f, h});
      needed("ffn_down.weight", {h, f});
      return;
    }
    needed("ffn_gate_inp.weight", {e, h}, Role::Float);
    if (layer.hasExpertBias)
      needed("exp_probs_b.bias", {e}, Role::Float);
    needed("ffn_gate_exps.weight", {e, f, h});
    needed("ffn_up_exps.weight", {e, f, h});
    needed("ffn_down_exps.weight", {e, h, f});
  }

  /// Leaving out a tensor of a layer would compute something else, so such a
  /// one is refused; anything else (a tower for images, a head for retrieval)
  /// is not needed for text.
  void checkOthers() {
    std::vector<llvm::StringRef> others;
    for (const auto &entry : checkpoint.tensors)
      if (!used.contains(entry.getKey()))
        others.push_back(entry.getKey());
    llvm::sort(others);
    for (llvm::StringRef name : others)
      if (name.starts_with("blk.") || name.starts_with("output")) {
        problem = "tensor " + quoted(name) + " has no place in this model (" +
                  std::to_string(config.layers.size()) +
                  " layers); it is of a variant that is not supported";
        return;
      }
    if (!others.empty())
      checkpoint.warnings.push_back(
          llvm::formatv("{0} tensors are of no use to the text model and were "
                        "left out, the first is {1}",
                        others.size(), quoted(others.front()))
              .str());
  }

  void checkTokenizer() {
    const TokenizerSpec &tokenizer = checkpoint.tokenizer;
    const int64_t count = tokenizer.tokens.size();
    if (count > config.vocab) {
      problem = llvm::formatv("the tokenizer has {0} tokens, but the embedding "
                              "has {1} rows only",
                              count, config.vocab)
                    .str();
      return;
    }
    if (tokenizer.empty()) {
      checkpoint.warnings.push_back(
          "the checkpoint has no tokenizer; the program will take and give ids "
          "only");
      return;
    }
    auto check = [&](llvm::StringRef what, std::optional<int32_t> id) {
      if (id && (*id < 0 || *id >= count) && problem.empty())
        problem = llvm::formatv("the {0} token has id {1}, but the tokenizer's "
                                "last is {2}",
                                what, *id, count - 1)
                      .str();
    };
    check("beginning-of-text", tokenizer.bos);
    check("end-of-text", tokenizer.eos);
    check("padding", tokenizer.pad);
    for (int32_t id : tokenizer.stop)
      check("stop", id);
  }

  Checkpoint &checkpoint;
  const ModelConfig &config;
  llvm::StringSet<> used;
  std::string problem;
};

} // namespace

llvm::Error lfm2c::verifyCheckpoint(Checkpoint &checkpoint) {
  // Nonsense in the metadata is an error even where a shape could replace it.
  if (llvm::Error error = verifyConfig(checkpoint.config))
    return error;
  Reconciler(checkpoint).run();
  if (llvm::Error error = verifyConfig(checkpoint.config))
    return error;
  return Checker(checkpoint).run();
}
