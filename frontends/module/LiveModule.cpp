#include "frontends/module/LiveModule.h"

#include "frontends/safetensors/HFReader.h"
#include "lib/Support/Error.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace lfm2c;

/// Of an element; 0 for a type that is refused where weights have it.
static uint64_t bytesOf(llvm::StringRef type) {
  return llvm::StringSwitch<uint64_t>(type)
      .Case("F64", 8)
      .Case("F32", 4)
      .Cases({"F16", "BF16"}, 2)
      .Default(0);
}

static llvm::Error checkSize(const LiveTensor &tensor,
                             const std::string &module) {
  uint64_t bytes = bytesOf(tensor.type);
  if (bytes == 0)
    return llvm::Error::success();
  bool overflows = false;
  for (int64_t size : tensor.shape) {
    bool now = false;
    bytes = llvm::SaturatingMultiply(bytes, uint64_t(size), &now);
    overflows |= now || size < 0;
  }
  if (overflows || bytes != tensor.bytes.size() ||
      (bytes != 0 && !tensor.bytes.data()))
    return makeError("{0}: tensor {1} of type {2} and shape {3} should have "
                     "{4} bytes of memory but has {5}; give it contiguous and "
                     "on the CPU",
                     module, quoted(tensor.name), tensor.type,
                     formatShape(tensor.shape),
                     overflows ? "another number of" : std::to_string(bytes),
                     tensor.bytes.data() ? tensor.bytes.size() : 0);
  return llvm::Error::success();
}

static llvm::Error addTensors(const LiveModule &module,
                              HFTensorReader &tensors) {
  std::vector<SafetensorsEntry> entries;
  for (const LiveTensor &tensor : module.tensors) {
    if (llvm::Error error = checkSize(tensor, module.name))
      return error;
    entries.push_back({tensor.name, tensor.type, tensor.shape, tensor.bytes});
  }
  return tensors.add(entries, module.name);
}

llvm::Expected<std::unique_ptr<Checkpoint>>
lfm2c::readLiveModule(const LiveModule &module, const ReadOptions &options) {
  HFSource source;
  source.path = module.name;
  source.texts = &module.texts;
  source.readWeights = [&](const HFFolder &, HFTensorReader &tensors) {
    return addTensors(module, tensors);
  };
  auto checkpoint = readHFModel(source, options);
  if (!checkpoint)
    return checkpoint.takeError();
  uint64_t bytes = 0;
  llvm::DenseSet<const uint8_t *> counted; // Tied weights are once in memory.
  for (const LiveTensor &tensor : module.tensors)
    if (counted.insert(tensor.bytes.data()).second)
      bytes += tensor.bytes.size();
  (*checkpoint)->addSource("memory", bytes);
  return checkpoint;
}
