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
#include <map>

using namespace lfm2c;

namespace {

/// The key of the file that says `what`, or just the metadata.
std::string sourceOf(const ModelConfig &config, llvm::StringRef what) {
  std::string key = configKey(config, what);
  return key.empty() ? "the metadata" : key;
}

class Reconciler {
public:
  explicit Reconciler(Checkpoint &checkpoint)
      : checkpoint(checkpoint), config(checkpoint.config) {}

  void run() {
    if (const Tensor *embedding = matrix("token_embd.weight")) {
      settle(config.vocab, embedding->shape[0], "vocabulary size", *embedding);
      settle(config.hidden, embedding->shape[1], "hidden size", *embedding);
    }
    if (config.tiedHead)
      reconcileHead();
    for (size_t i = 0; i < config.layers.size(); ++i)
      reconcileLayer(i, config.layers[i]);
    if (config.embedding.hasVectors)
      reconcileProjections(config.embedding);
  }

private:
  const Tensor *ranked(llvm::StringRef name, size_t rank) const {
    const Tensor *tensor = checkpoint.find(name);
    return tensor && tensor->shape.size() == rank ? tensor : nullptr;
  }
  const Tensor *matrix(llvm::StringRef name) const { return ranked(name, 2); }

  std::string source(llvm::StringRef what) const {
    return sourceOf(config, what);
  }

  /// Takes `found`, the number that `tensor` shows, and warns once for each
  /// kind of number if the metadata had another.
  void settle(int64_t &value, int64_t found, llvm::StringRef what,
              const Tensor &tensor) {
    if (value == found)
      return;
    if (warned.insert(what).second)
      checkpoint.warnings.push_back(
          llvm::formatv("{0} says {1} {2}, but {3} shows {4}; using what the "
                        "tensors show",
                        source(what), what, value, tensor.label(), found)
              .str());
    value = found;
  }

  /// A head of its own counts where it differs from the embedding, whatever the
  /// metadata says: so do transformers 5 and llama.cpp.
  void reconcileHead() {
    const Tensor *head = checkpoint.find("output.weight");
    const Tensor *embedding = checkpoint.find("token_embd.weight");
    if (!head || !embedding)
      return;
    config.tiedHead = equalValues(*head, *embedding);
    if (config.tiedHead) {
      checkpoint.tensors.erase("output.weight");
      return;
    }
    // GGUF has no key for it: that the tensor is there says it.
    if (config.wording == Wording::HuggingFace)
      checkpoint.warnings.push_back(
          llvm::formatv("config.json says that {0} and {1} are tied, but they "
                        "differ; using both, as transformers 5 does",
                        head->label(), embedding->label())
              .str());
  }

  /// A GGUF file says the last one's outputs only.
  void reconcileProjections(EmbeddingConfig &embedding) {
    std::vector<int64_t> outputs;
    while (const Tensor *weight = matrix(projectionName(outputs.size()))) {
      outputs.push_back(weight->shape[0]);
      if (!matrix(projectionName(outputs.size())))
        settle(embedding.width, outputs.back(), "size of vectors", *weight);
    }
    if (!outputs.empty())
      embedding.projections = std::move(outputs);
    else if (embedding.projections.empty())
      embedding.width = config.hidden;
  }

  void reconcileLayer(int64_t index, LayerConfig &layer) {
    auto name = [&](llvm::StringRef leaf) {
      return layerTensorName(index, leaf);
    };
    squeezeFilter(name("shortconv.conv.weight"));
    const Tensor *filter = matrix(name("shortconv.conv.weight"));
    const Tensor *query = matrix(name("attn_q.weight"));
    if (filter && !query && layer.kind != LayerKind::Conv)
      setKind(index, layer, LayerKind::Conv);
    else if (query && !filter && layer.kind != LayerKind::Attention)
      setKind(index, layer, LayerKind::Attention);

    if (layer.kind == LayerKind::Conv && filter)
      settle(config.convTaps, filter->shape[1], "count of convolution taps",
             *filter);
    if (layer.kind == LayerKind::Attention)
      reconcileAttention(index, layer);

    if (const Tensor *gate = matrix(name("ffn_gate.weight"))) {
      settleExperts(index, layer, 0, gate->shape[0], *gate);
      settle(layer.ffnSize, gate->shape[0], "feed-forward size", *gate);
    } else if (const Tensor *gates = ranked(name("ffn_gate_exps.weight"), 3)) {
      settleExperts(index, layer, gates->shape[0], gates->shape[1], *gates);
      settle(layer.ffnSize, gates->shape[1], "feed-forward size of an expert",
             *gates);
    }
    layer.hasExpertBias =
        layer.isMoE() && checkpoint.find(name("exp_probs_b.bias"));
  }

  /// As settle(), but says it in words where a layer has experts or none; the
  /// metadata's size of the other kind says nothing then.
  void settleExperts(int64_t index, LayerConfig &layer, int64_t found,
                     int64_t size, const Tensor &tensor) {
    if (layer.isMoE() == (found > 0))
      return settle(layer.experts, found, "expert count", tensor);
    layer.experts = found;
    layer.ffnSize = size;
    if (warned.insert("experts").second)
      checkpoint.warnings.push_back(
          llvm::formatv(
              "{0} says that layer {1} {2}, but {3} shows that it {4}; using "
              "what the tensors show",
              source("dense layers"), index, found ? "is dense" : "has experts",
              tensor.label(),
              found ? "has " + std::to_string(found) + " experts" : "is dense")
              .str());
  }

  /// The filter of a depthwise convolution has one input channel: [h, 1, taps],
  /// or, with channels last as MLX has them, [h, taps, 1]. The bytes are those
  /// of [h, taps] either way.
  void squeezeFilter(const std::string &name) {
    auto it = checkpoint.tensors.find(name);
    if (it == checkpoint.tensors.end() || it->second.shape.size() != 3)
      return;
    auto &shape = it->second.shape;
    if (shape[1] == 1)
      shape.erase(shape.begin() + 1);
    else if (shape[2] == 1)
      shape.pop_back();
  }

  void setKind(int64_t index, LayerConfig &layer, LayerKind kind) {
    layer.kind = kind;
    if (kind == LayerKind::Conv)
      layer.kvHeads = 0;
    if (warned.insert("kind").second)
      checkpoint.warnings.push_back(
          llvm::formatv(
              "the tensors of layer {1} are those of {2} layer, which {0} does "
              "not say; using what the tensors show",
              source("layer kinds"), index,
              kind == LayerKind::Conv ? "a convolution" : "an attention")
              .str());
  }

  void reconcileAttention(int64_t index, LayerConfig &layer) {
    auto name = [&](llvm::StringRef leaf) {
      return layerTensorName(index, leaf);
    };
    if (const Tensor *norm = ranked(name("attn_q_norm.weight"), 1))
      settle(config.headSize, norm->shape[0], "head size", *norm);
    const int64_t size = config.headSize;
    if (size < 1)
      return;
    // Rows that are no multiple of the head size are left to the check.
    const Tensor *query = matrix(name("attn_q.weight"));
    if (query && query->shape[0] % size == 0)
      settle(config.heads, query->shape[0] / size, "head count", *query);
    const Tensor *key = matrix(name("attn_k.weight"));
    if (key && key->shape[0] % size == 0)
      settle(layer.kvHeads, key->shape[0] / size, "KV head count", *key);
  }

  Checkpoint &checkpoint;
  ModelConfig &config;
  llvm::StringSet<> warned;
};

/// Whether a tensor takes part in a matrix product, where any format will do.
/// All others are read element by element: they become floats.
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
    int64_t width = h;
    for (size_t i = 0; i < config.embedding.projections.size(); ++i) {
      const int64_t outputs = config.embedding.projections[i];
      need(projectionName(i), {outputs, width}, Role::Matrix);
      width = outputs;
    }
    for (size_t i = 0; i < config.layers.size(); ++i)
      checkLayer(i, config.layers[i]);
    findOthers();
    for (const Need &needed : needs)
      if (problem.empty())
        check(needed);
    if (problem.empty())
      checkOthers();
    if (problem.empty())
      checkTokenizer();
    return problem.empty() ? llvm::Error::success() : makeErrorText(problem);
  }

private:
  struct Need {
    std::string name;
    llvm::SmallVector<int64_t, 3> shape;
    Role role;
  };

  void need(const std::string &name, llvm::ArrayRef<int64_t> shape, Role role) {
    needs.push_back({name, llvm::SmallVector<int64_t, 3>(shape), role});
    used.insert(name);
  }

  void check(const Need &needed) {
    auto it = checkpoint.tensors.find(needed.name);
    if (it == checkpoint.tensors.end()) {
      problem = "tensor " + quoted(checkpoint.naming.spell(needed.name)) +
                " of shape " + formatShape(needed.shape) + " is missing" +
                insteadOf(needed.name);
      return;
    }
    Tensor &tensor = it->second;
    if (tensor.shape != needed.shape)
      problem = "tensor " + tensor.label() + " should have shape " +
                formatShape(needed.shape) + " but has " +
                formatShape(tensor.shape) +
                "; it is of another model than the rest, or damaged";
    else if (needed.role == Role::Float &&
             getFormatInfo(tensor.format).blockElements > 1)
      makeFloat(tensor);
  }

  /// What may be the missing tensor under another name: only those that have no
  /// place come into question.
  std::string insteadOf(llvm::StringRef missing) const {
    // Each is held against the other letter by letter.
    constexpr size_t mostNames = 1000, longestName = 256;
    std::vector<llvm::StringRef> names, leftOut;
    auto add = [&](std::vector<llvm::StringRef> &to, llvm::StringRef name) {
      if (to.size() < mostNames && name.size() <= longestName)
        to.push_back(name);
    };
    const int64_t layer = splitTensorName(missing, "blk.").layer;
    for (const Tensor *other : others)
      if (splitTensorName(other->name, "blk.").layer == layer &&
          !other->origins.empty())
        add(names, other->origins.front().name);
    for (llvm::StringRef name : checkpoint.leftOut)
      add(leftOut, name);
    const std::string spelled = checkpoint.naming.spell(missing);
    std::vector<std::string> near = nearestWords(spelled, names);
    for (llvm::StringRef name : names)
      if (near.size() < 3 && !llvm::is_contained(near, name.str()))
        near.push_back(name.str());
    if (near.empty())
      near = nearestWords(spelled, leftOut);
    if (near.empty())
      return " from the checkpoint; get the whole checkpoint";
    std::string text = near.size() > 1 ? "; there are " : "; there is ";
    for (const std::string &name : near)
      text += (&name == &near.front() ? "" : ", ") + quoted(name);
    text += near.size() > 1 ? ", which have no place" : ", which has no place";
    return text +
           "; rename it if it is the missing one, or get the whole checkpoint";
  }

  /// Replaces the tensor, which is small, by one in f32.
  void makeFloat(Tensor &tensor) {
    const int64_t cols = tensor.cols(), rows = tensor.rows();
    llvm::MutableArrayRef<uint8_t> bytes =
        checkpoint.allocate(tensor.elements() * 4);
    std::vector<float> row(cols);
    RowBuffer buffer;
    for (int64_t i = 0; i < rows; ++i) {
      dequantizeRow(tensor.format, tensor.readRow(i, buffer), row.data(), cols);
      quantizeRow(Format::F32, row.data(), bytes.data() + i * cols * 4, cols);
    }
    tensor.format = Format::F32;
    tensor.pieces.assign(1, bytes);
    tensor.source.reset();
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

  void findOthers() {
    for (const auto &entry : checkpoint.tensors)
      if (!used.contains(entry.getKey()))
        others.push_back(&entry.getValue());
    llvm::sort(others, [](const Tensor *a, const Tensor *b) {
      return a->name < b->name;
    });
  }

  /// Leaving out a tensor of a layer would compute something else, so such a
  /// one is refused; anything else (a tower for images, a head for retrieval)
  /// is not needed for text.
  void checkOthers() {
    // By the first part of the name behind that of the text model.
    std::map<std::string, size_t> groups;
    auto leaveOut = [&](llvm::StringRef name) {
      name.consume_front("model.");
      ++groups[name.split('.').first.str()];
    };
    for (const Tensor *other : others) {
      llvm::StringRef name = other->name;
      if (name.starts_with("dense_") && config.embedding.hasVectors) {
        problem = "tensor " + other->label() +
                  " has no place behind the model's vectors: a projection is "
                  "a weight without a bias, " +
                  quoted(projectionName(0)) + ", " + quoted(projectionName(1)) +
                  " and so on";
        return;
      }
      if (name.starts_with("blk.") || name.starts_with("output")) {
        const int64_t layers = static_cast<int64_t>(config.layers.size());
        const int64_t layer = splitTensorName(name, "blk.").layer;
        problem = "tensor " + other->label();
        if (layer >= layers)
          problem += " is of layer " + std::to_string(layer) + ", but " +
                     sourceOf(config, "layer count") +
                     " says that the last is " + std::to_string(layers - 1) +
                     "; get the whole checkpoint again";
        else
          problem += " has no place in this model; it is of a variant that is "
                     "not supported";
        return;
      }
      leaveOut(name);
    }
    for (llvm::StringRef name : checkpoint.leftOut)
      leaveOut(name);
    if (groups.empty())
      return;
    constexpr size_t most = 4;
    std::string list;
    size_t count = 0, shown = 0;
    for (const auto &[group, size] : groups) {
      count += size;
      if (shown++ < most)
        list += (list.empty() ? "" : ", ") + quoted(group) + " (" +
                std::to_string(size) + ")";
    }
    checkpoint.warnings.push_back(
        llvm::formatv("{0} tensors are no part of the text model and were left "
                      "out: {1}{2}",
                      count, list, shown > most ? ", ..." : "")
            .str());
  }

  void checkTokenizer() {
    const TokenizerSpec &tokenizer = checkpoint.tokenizer;
    const int64_t count = tokenizer.tokens.size();
    // An embedding cut to the tokens in use keeps its whole tokenizer.
    if (count > config.vocab)
      checkpoint.warnings.push_back(
          llvm::formatv("the tokenizer has {0} tokens, but the embedding has "
                        "{1} rows: the program will refuse texts with others",
                        count, config.vocab)
              .str());
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
    if (tokenizer.bos && *tokenizer.bos >= config.vocab && problem.empty())
      problem = llvm::formatv("the beginning-of-text token has id {0}, but the "
                              "embedding has {1} rows only",
                              *tokenizer.bos, config.vocab)
                    .str();
    check("end-of-text", tokenizer.eos);
    check("padding", tokenizer.pad);
    for (int32_t id : tokenizer.stop)
      check("stop", id);
  }

  Checkpoint &checkpoint;
  const ModelConfig &config;
  std::vector<Need> needs;
  llvm::StringSet<> used;
  std::vector<const Tensor *> others; // That nothing needs, by name.
  std::string problem;
};

} // namespace

llvm::Error lfm2c::verifyCheckpoint(Checkpoint &checkpoint) {
  // Some writers put the largest number there for "no limit".
  if (checkpoint.config.contextLength > maxContext) {
    checkpoint.warnings.push_back(
        llvm::formatv("the metadata says a context of {0} tokens; using {1}, "
                      "the longest of a program",
                      checkpoint.config.contextLength, maxContext)
            .str());
    checkpoint.config.contextLength = maxContext;
  }
  // Nonsense in the metadata is an error even where a shape could replace it.
  if (llvm::Error error = verifyConfig(checkpoint.config))
    return error;
  Reconciler(checkpoint).run();
  if (llvm::Error error = verifyConfig(checkpoint.config))
    return error;
  return Checker(checkpoint).run();
}
