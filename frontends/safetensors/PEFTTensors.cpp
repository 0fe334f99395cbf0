// Tensors that PEFT saved, as updates of weights.
//
// PEFT keeps A as [rank, in] and B as [out, rank], each in a linear layer of
// its own. Of an embedding both are transposed. Of experts whose matrices are
// one parameter, A has the ranks of all experts below each other and B has them
// side by side, those of one rank together.

#include "frontends/safetensors/PEFTAdapter.h"
#include "frontends/safetensors/PEFTModules.h"
#include "lib/Support/Error.h"
#include "lib/Weights/Checkpoint.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {

class PEFTTensors {
public:
  PEFTTensors(StringRef path, const PEFTConfig &config, Checkpoint &checkpoint,
              Adapter &adapter)
      : path(path), config(config), checkpoint(checkpoint), adapter(adapter) {}

  Error run(llvm::ArrayRef<SafetensorsEntry> entries) {
    auto modules = collectPEFTModules(entries, path, checkpoint, adapter);
    if (!modules)
      return modules.takeError();
    for (PEFTModule &module : *modules)
      if (Error error = add(module))
        return error;
    return Error::success();
  }

private:
  Error add(PEFTModule &module);
  Error addExperts(PEFTModule &module, int64_t layer);
  Error addUpdate(PEFTModule &module, StringRef target, int64_t matrix);
  llvm::Expected<std::string> parameterOf(const PEFTModule &module) const;
  Error checkRank(const PEFTModule &module, StringRef name,
                  int64_t found) const;
  Error checkWhole(const PEFTModule &module) const;
  double scaleOf(StringRef name) const {
    return config.scaleOf(name) * adapter.scale;
  }

  /// A tensor of `shape`, [n, rows, columns] or [rows, columns], in memory of
  /// the checkpoint, whose elements `from` finds in `tensor`, a matrix.
  using Place = std::pair<int64_t, int64_t>;
  Tensor
  rearrange(const Tensor &tensor, llvm::ArrayRef<int64_t> shape,
            llvm::function_ref<Place(int64_t n, int64_t row, int64_t column)>
                from) const;

  StringRef path;
  const PEFTConfig &config;
  Checkpoint &checkpoint;
  Adapter &adapter;
};

} // namespace

Error PEFTTensors::checkWhole(const PEFTModule &module) const {
  if (!module.a || !module.b) {
    const Tensor &there = module.a   ? *module.a
                          : module.b ? *module.b
                                     : *module.magnitude;
    return makeError("{0}: tensor {1} has no {2} beside it; get the whole "
                     "adapter",
                     path, there.label(), module.a ? "lora_B" : "lora_A");
  }
  for (const Tensor *factor : {&*module.a, &*module.b})
    if (factor->shape.size() != 2)
      return makeError("{0}: tensor {1} should be a matrix but has shape {2}; "
                       "adapters of convolutions are not supported",
                       path, factor->label(), formatShape(factor->shape));
  if (config.isDora != module.magnitude.has_value())
    return makeError("{0}: use_dora is {1}, but tensor {2} has {3} "
                     "lora_magnitude_vector beside it; the adapter is damaged",
                     path, config.isDora ? "true" : "false", module.a->label(),
                     module.magnitude ? "a" : "no");
  if (module.magnitude && module.magnitude->shape.size() != 1 &&
      module.magnitude->elements() != module.magnitude->shape.front())
    return makeError("{0}: tensor {1} should be a vector but has shape {2}",
                     path, module.magnitude->label(),
                     formatShape(module.magnitude->shape));
  return Error::success();
}

Error PEFTTensors::add(PEFTModule &module) {
  if (Error error = checkWhole(module))
    return error;
  const TensorNameParts parts = splitTensorName(module.inText, "layers.");
  if (parts.layer >= 0 && parts.leaf == "feed_forward.experts")
    return addExperts(module, parts.layer);
  // One expert's matrix, as transformers 4 has them.
  StringRef leaf = parts.leaf;
  unsigned expert = 0;
  if (parts.layer >= 0 && leaf.consume_front("feed_forward.experts.") &&
      !leaf.consumeInteger(10, expert) && leaf.consume_front("."))
    if (StringRef canonical = canonicalExpertLeaf((leaf + ".weight").str());
        !canonical.empty())
      return addUpdate(module, layerTensorName(parts.layer, canonical), expert);
  const std::string target = canonicalFromHF(module.inText + ".weight");
  if (target.empty() || module.depth != 0)
    return unknownPEFTModule(*module.a, path, module.inText);
  return addUpdate(module, target, -1);
}

Error PEFTTensors::checkRank(const PEFTModule &module, StringRef name,
                             int64_t found) const {
  const int64_t rank = config.rankOf(name);
  if (rank == found)
    return Error::success();
  return makeError("{0}: tensor {1} of shape {2} has rank {3}, but by "
                   "adapter_config.json the rank there is {4}; the two files "
                   "are of different adapters",
                   path, module.a->label(), formatShape(module.a->shape), found,
                   rank);
}

Error PEFTTensors::addUpdate(PEFTModule &module, StringRef target,
                             int64_t matrix) {
  AdapterUpdate added;
  added.target = target.str();
  added.shapeOfA = module.a->shape;
  added.shapeOfB = module.b->shape;
  LowRankUpdate &update = added.update;
  update.a = *module.a;
  update.b = *module.b;
  update.matrix = matrix;
  update.scale = scaleOf(module.name);
  if (Error error = checkRank(module, module.name, module.a->shape[0]))
    return error;
  if (module.isEmbedding) {
    // delta = (B A)^T: what is the first factor of the sum is A's transpose.
    auto transposed = [](int64_t, int64_t row, int64_t column) {
      return Place(column, row);
    };
    update.a = rearrange(*module.b, {module.b->shape[1], module.b->shape[0]},
                         transposed);
    update.b = rearrange(*module.a, {module.a->shape[1], module.a->shape[0]},
                         transposed);
    std::swap(added.shapeOfA, added.shapeOfB);
  }
  if (module.magnitude) {
    update.kind = module.isEmbedding ? Magnitude::Columns : Magnitude::Rows;
    update.magnitude = *module.magnitude;
    update.magnitude.shape = {update.magnitude.elements()};
  }
  adapter.updates.push_back(std::move(added));
  return Error::success();
}

/// Which parameter of the experts a module adapts. PEFT wraps the module once
/// for each, in the order in which the model has them, so the last is
/// outermost.
llvm::Expected<std::string>
PEFTTensors::parameterOf(const PEFTModule &module) const {
  std::vector<StringRef> wrapped;
  for (StringRef parameter : {"gate_up_proj", "down_proj"}) {
    const std::string full = module.name + "." + parameter.str();
    if (llvm::any_of(config.targetParameters, [&](StringRef target) {
          return full == target ||
                 StringRef(full).ends_with("." + target.str());
        }))
      wrapped.push_back(parameter);
  }
  if (module.depth >= wrapped.size())
    return makeError("{0}: tensor {1} adapts a parameter of {2}, but "
                     "target_parameters of adapter_config.json names {3} of "
                     "it; the two files are of different adapters",
                     path, module.a->label(), quoted(module.name),
                     wrapped.empty() ? "none" : "only one");
  return wrapped[wrapped.size() - 1 - module.depth].str();
}

Error PEFTTensors::addExperts(PEFTModule &module, int64_t layer) {
  auto parameter = parameterOf(module);
  if (!parameter)
    return parameter.takeError();
  if (module.magnitude)
    return makeError("{0}: tensor {1} is of DoRA, which there is not for "
                     "experts; the adapter is damaged",
                     path, module.magnitude->label());
  const bool isDown = *parameter == "down_proj";
  const std::string first = layerTensorName(
      layer, isDown ? "ffn_down_exps.weight" : "ffn_gate_exps.weight");
  const Tensor &a = *module.a, &b = *module.b;
  AdapterUpdate added;
  added.target = first;
  added.shapeOfA = a.shape;
  added.shapeOfB = b.shape;
  const Tensor *weight = checkpoint.find(first);
  if (!weight || weight->shape.size() != 3) {
    // Merging says that it is not there.
    added.update.a = a;
    added.update.b = b;
    adapter.updates.push_back(std::move(added));
    return Error::success();
  }
  const int64_t experts = weight->shape[0], columns = weight->shape[2];
  const int64_t rows = weight->shape[1] * (isDown ? 1 : 2);
  added.shapeOfTarget = {experts, rows, columns};
  const std::string name = module.name + "." + *parameter;
  const int64_t rank = config.rankOf(name);
  if (a.shape[0] != rank * experts)
    return makeError(
        "{0}: tensor {1} of shape {2} should have {3} rows, rank "
        "{4} for each of {5} experts{6}",
        path, a.label(), formatShape(a.shape), rank * experts, rank, experts,
        adapter.baseName.empty()
            ? ""
            : "; the adapter says that it is of " + quoted(adapter.baseName));
  LowRankUpdate &update = added.update;
  update.scale = scaleOf(name);
  if (b.shape[1] != rank * experts)
    return makeError("{0}: tensors {1} of shape {2} and {3} of shape {4} "
                     "should have one rank; the adapter is damaged",
                     path, a.label(), formatShape(a.shape), b.label(),
                     formatShape(b.shape));
  if (a.shape[1] == rows && b.shape[0] == columns && rows != columns) {
    // As PEFT saw parameters before it knew that these are [out, in].
    update.a = rearrange(b, {experts, rank, columns},
                         [&](int64_t e, int64_t k, int64_t column) {
                           return Place(column, k * experts + e);
                         });
    update.b = rearrange(a, {experts, rows, rank},
                         [&](int64_t e, int64_t row, int64_t k) {
                           return Place(e * rank + k, row);
                         });
  } else {
    update.a = a;
    update.a.shape = {experts, rank, a.shape[1]};
    update.b = rearrange(b, {experts, b.shape[0], rank},
                         [&](int64_t e, int64_t row, int64_t k) {
                           return Place(row, k * experts + e);
                         });
  }
  if (isDown || update.b.shape[1] != rows) {
    adapter.updates.push_back(std::move(added));
    return Error::success();
  }
  // The rows of gate and up are in one there, and two weights here.
  const llvm::ArrayRef<uint8_t> bytes = update.b.pieces.front();
  const size_t slice = bytes.size() / (2 * experts);
  AdapterUpdate up = added;
  up.target = layerTensorName(layer, "ffn_up_exps.weight");
  for (AdapterUpdate *half : {&added, &up}) {
    Tensor &factor = half->update.b;
    factor.shape[1] /= 2;
    factor.pieces.clear();
    for (int64_t e = 0; e < experts; ++e)
      factor.pieces.push_back(
          bytes.slice((2 * e + (half == &up)) * slice, slice));
  }
  adapter.updates.push_back(std::move(added));
  adapter.updates.push_back(std::move(up));
  return Error::success();
}

Tensor PEFTTensors::rearrange(
    const Tensor &tensor, llvm::ArrayRef<int64_t> shape,
    llvm::function_ref<Place(int64_t, int64_t, int64_t)> from) const {
  const int64_t columns = tensor.cols();
  std::vector<float> values(tensor.elements());
  RowBuffer buffer;
  for (int64_t row = 0; row < tensor.rows(); ++row)
    dequantizeRow(tensor.format, tensor.readRow(row, buffer),
                  values.data() + row * columns, columns);
  Tensor out = tensor;
  out.format = Format::F32;
  out.shape.assign(shape.begin(), shape.end());
  llvm::MutableArrayRef<uint8_t> bytes =
      checkpoint.allocate(out.elements() * sizeof(float));
  out.pieces.assign(1, bytes);
  const int64_t height = shape[shape.size() - 2], width = shape.back();
  std::vector<float> line(width);
  for (int64_t row = 0; row < out.rows(); ++row) {
    for (int64_t column = 0; column < width; ++column) {
      const Place place = from(row / height, row % height, column);
      line[column] = values[place.first * columns + place.second];
    }
    quantizeRow(Format::F32, line.data(),
                bytes.data() + row * width * sizeof(float), width);
  }
  return out;
}

Error lfm2c::addPEFTTensors(llvm::ArrayRef<SafetensorsEntry> entries,
                            StringRef path, const PEFTConfig &config,
                            Checkpoint &checkpoint, Adapter &adapter) {
  return PEFTTensors(path, config, checkpoint, adapter).run(entries);
}
