#include "frontends/safetensors/PEFTModules.h"
#include "frontends/safetensors/HFTensors.h"
#include "frontends/safetensors/PEFTNames.h"
#include "lib/Support/Error.h"
#include <map>

using namespace lfm2c;
using llvm::Error;
using llvm::StringRef;

namespace {

class Collector {
public:
  Collector(StringRef path, Checkpoint &checkpoint, Adapter &adapter)
      : path(path), checkpoint(checkpoint), adapter(adapter) {}

  Error sort(const SafetensorsEntry &entry);
  std::vector<PEFTModule> take() { return std::move(modules); }

private:
  Error addWhole(const SafetensorsEntry &entry, StringRef inText);
  Error addGateUp(Tensor tensor, int64_t layer);

  StringRef path;
  Checkpoint &checkpoint;
  Adapter &adapter;
  std::vector<PEFTModule> modules;
  std::map<std::pair<std::string, unsigned>, size_t> places; // In `modules`.
};

} // namespace

Error lfm2c::unknownPEFTModule(const Tensor &tensor, StringRef path,
                               StringRef module) {
  return makeError("{0}: tensor {1} is for the module {2}, which is none of "
                   "this family of models that an adapter can change",
                   path, tensor.label(), quoted(module));
}

Error Collector::sort(const SafetensorsEntry &entry) {
  const PEFTName name = parsePEFTName(entry.name);
  if (name.role == PEFTName::Unused)
    return Error::success();
  if (name.role == PEFTName::Unknown)
    return makeError("{0}: tensor {1} is none that an adapter of kind LORA "
                     "has; expected lora_A, lora_B, lora_embedding_A and _B, "
                     "lora_magnitude_vector, or a whole weight",
                     path, quoted(entry.name));
  const std::optional<std::string> inText = peftModuleInText(name.module);
  if (!inText) {
    adapter.leftOut.push_back(entry.name);
    return Error::success();
  }
  if (name.role == PEFTName::Whole)
    return addWhole(entry, *inText);
  llvm::Expected<Tensor> tensor =
      makeHFTensor(entry, path, entry.name, checkpoint);
  if (!tensor)
    return tensor.takeError();
  auto [place, isNew] =
      places.try_emplace({*inText, name.depth}, modules.size());
  if (isNew)
    modules.push_back({name.module, *inText, name.depth, {}, {}, {}});
  PEFTModule &module = modules[place->second];
  const bool isEmbedding =
      name.role == PEFTName::EmbeddingA || name.role == PEFTName::EmbeddingB;
  std::optional<Tensor> &slot =
      name.role == PEFTName::Magnitude ? module.magnitude
      : name.role == PEFTName::A || name.role == PEFTName::EmbeddingA
          ? module.a
          : module.b;
  if (slot)
    return makeError("{0}: tensor {1} occurs twice in the adapter: {2} is the "
                     "same one; take one of them out",
                     path, quoted(entry.name), slot->label());
  slot = std::move(*tensor);
  module.isEmbedding |= isEmbedding;
  return Error::success();
}

Error Collector::addWhole(const SafetensorsEntry &entry, StringRef inText) {
  const TensorNameParts parts = splitTensorName(inText, "layers.");
  std::string target = canonicalFromHF(inText);
  llvm::Expected<Tensor> tensor = makeHFTensor(entry, path, target, checkpoint);
  if (!tensor)
    return tensor.takeError();
  if (parts.layer >= 0 && parts.leaf == "feed_forward.experts.gate_up_proj")
    return addGateUp(std::move(*tensor), parts.layer);
  if (target.empty())
    return unknownPEFTModule(*tensor, path, inText);
  // The filter of a convolution has one input channel: [h, 1, taps].
  if (StringRef(target).ends_with("shortconv.conv.weight") &&
      tensor->shape.size() == 3 && tensor->shape[1] == 1)
    tensor->shape.erase(tensor->shape.begin() + 1);
  adapter.replacements.push_back(std::move(*tensor));
  return Error::success();
}

/// [E, 2 * F, h], the gates' rows of each expert before its ups'.
Error Collector::addGateUp(Tensor tensor, int64_t layer) {
  if (tensor.shape.size() != 3 || tensor.shape[1] % 2 != 0)
    return makeError("{0}: tensor {1} should have shape [experts, 2 * size, "
                     "hidden] but has {2}",
                     path, tensor.label(), formatShape(tensor.shape));
  const llvm::ArrayRef<uint8_t> bytes = tensor.pieces.front();
  const int64_t experts = tensor.shape[0];
  const size_t slice = bytes.size() / (2 * experts);
  tensor.shape[1] /= 2;
  tensor.pieces.clear();
  Tensor up = tensor;
  tensor.name = layerTensorName(layer, "ffn_gate_exps.weight");
  up.name = layerTensorName(layer, "ffn_up_exps.weight");
  up.firstRow = up.shape[1];
  for (int64_t e = 0; e < experts; ++e) {
    tensor.pieces.push_back(bytes.slice(2 * e * slice, slice));
    up.pieces.push_back(bytes.slice((2 * e + 1) * slice, slice));
  }
  adapter.replacements.push_back(std::move(tensor));
  adapter.replacements.push_back(std::move(up));
  return Error::success();
}

llvm::Expected<std::vector<PEFTModule>>
lfm2c::collectPEFTModules(llvm::ArrayRef<SafetensorsEntry> entries,
                          StringRef path, Checkpoint &checkpoint,
                          Adapter &adapter) {
  Collector collector(path, checkpoint, adapter);
  for (const SafetensorsEntry &entry : entries)
    if (Error error = collector.sort(entry))
      return std::move(error);
  return collector.take();
}
