#include "lib/Compiler/GGUFOutput.h"

#include "dialects/lfm2/IR/LFM2Ops.h"
#include "lib/Support/Error.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/ThreadPool.h"

using namespace lfm2c;
using llvm::Error;

/// The weights that products or the embedding read; all others are small.
static llvm::StringSet<> findMatrices(mlir::ModuleOp module) {
  llvm::StringSet<> matrices;
  module.walk([&](lfm2::ModelOpInterface op) {
    for (const lfm2::WeightUse &use : op.getWeightUses())
      if (!use.isAsItIs())
        matrices.insert(use.weight.getValue());
  });
  return matrices;
}

/// What llama.cpp wants of weights that are no matrices: it computes with them
/// in f32 alone. The values are the same.
static Format widen(Format format) {
  return format == Format::F16 || format == Format::BF16 ? Format::F32 : format;
}

void lfm2c::decodeForeignWeights(mlir::ModuleOp module) {
  for (auto op : module.getOps<lfm2::WeightOp>()) {
    const FormatInfo &info = getFormatInfo(op.getFormat());
    if (info.ggmlType == FormatInfo::noGGML)
      op.setType(mlir::RankedTensorType::get(
          op.getShape(),
          lfm2::getElementType(module.getContext(), Format::F32)));
  }
}

llvm::Expected<GGUFOutput> GGUFOutput::plan(mlir::ModuleOp module,
                                            const Checkpoint &checkpoint,
                                            QuantizedTensors &converted) {
  GGUFOutput out;
  out.converted = &converted;
  const llvm::StringSet<> matrices = findMatrices(module);
  const bool isGGUF = checkpoint.config.wording == Wording::GGUF;
  bool retyped = false;
  for (auto op : module.getOps<lfm2::WeightOp>()) {
    const Tensor *tensor = checkpoint.find(op.getSymName());
    assert(tensor && "checkWeights() has passed the module");
    Format format = op.getFormat();
    if (!isGGUF && !matrices.contains(op.getSymName()))
      format = widen(format);
    retyped |= format != tensor->format;
    out.weights.push_back(converted.find(op.getSymName(), format));
  }

  // A file that is written again keeps its order.
  auto names = listGGUFTensors(checkpoint);
  if (!names)
    return names.takeError();
  llvm::StringMap<size_t> places;
  for (const std::string &name : *names)
    places.try_emplace(name, places.size());
  if (!places.empty())
    llvm::sort(out.weights, [&](const Tensor *a, const Tensor *b) {
      return places.lookup(a->name) < places.lookup(b->name);
    });

  for (const Tensor *tensor : out.weights) {
    const FormatInfo &info = getFormatInfo(tensor->format);
    if (info.ggmlType == FormatInfo::noGGML)
      return makeError("{0}: tensor {1} is in {2}, a format that GGUF files "
                       "have not; convert it with --quantize=q8_0 or another "
                       "that they have",
                       checkpoint.path, tensor->label(), info.name);
    out.tensors.push_back(
        {tensor->name, tensor->shape, info.ggmlType, tensor->bytes()});
    out.total += tensor->bytes();
  }
  auto header =
      exportGGUFMetadata(checkpoint, out.tensors, retyped, out.warnings);
  if (!header)
    return makeError("{0}: {1}", checkpoint.path,
                     llvm::toString(header.takeError()));
  out.header = std::move(*header);
  return std::move(out);
}

/// Writes the rows [first, last) of `tensor` to `out`. Returns the first
/// element met that is no finite number, if any. Thread safe.
static std::optional<WeightPlace> copyRows(const Tensor &tensor, int64_t first,
                                           int64_t last, uint8_t *out) {
  constexpr int64_t rowsTogether = 16;
  const int64_t height =
      tensor.shape.size() > 2 ? tensor.shape[1] : tensor.rows();
  std::optional<WeightPlace> place;
  RowBuffer buffer;
  for (int64_t row = first; row < last;) {
    // Those of one matrix are asked for together.
    const int64_t count =
        std::min({last - row, rowsTogether, height - row % height});
    const uint8_t *from = tensor.readRows(row, count, buffer);
    std::memcpy(out, from, count * tensor.rowBytes());
    for (int64_t i = 0; i < count && !place; ++i) {
      const int64_t column = findNonFinite(
          tensor.format, from + i * tensor.rowBytes(), tensor.cols());
      if (column >= 0)
        place = WeightPlace{&tensor, row + i, column};
    }
    out += count * tensor.rowBytes();
    row += count;
  }
  return place;
}

Error GGUFOutput::write(
    llvm::raw_ostream &os,
    llvm::function_ref<Error(uint64_t, uint64_t)> progress,
    llvm::function_ref<Error(const WeightPlace &)> onNonFinite) const {
  GGUFWriter writer(os, header.metadata, tensors, header.alignment);
  llvm::DefaultThreadPool pool;
  std::vector<uint8_t> buffer;
  uint64_t done = 0;
  bool told = false;
  auto check = [&](const std::optional<WeightPlace> &place) -> Error {
    if (!place || told)
      return Error::success();
    told = true;
    return onNonFinite(converted->explain(*place));
  };
  for (const Tensor *weight : weights) {
    const Tensor &tensor = *weight;
    const int64_t rowBytes = tensor.rowBytes(), rows = tensor.rows();
    const int64_t perTask = std::max<int64_t>(1, (1 << 20) / rowBytes);
    const int64_t perBatch = perTask * pool.getMaxConcurrency() * 2;
    for (int64_t first = 0; first < rows; first += perBatch) {
      const int64_t last = std::min(rows, first + perBatch);
      buffer.resize((last - first) * rowBytes);
      std::vector<std::optional<WeightPlace>> places(
          llvm::divideCeil(last - first, perTask));
      for (auto [i, place] : llvm::enumerate(places)) {
        const int64_t begin = first + int64_t(i) * perTask;
        pool.async([&tensor, &place = place, &buffer, begin, first, last,
                    perTask, rowBytes] {
          place = copyRows(tensor, begin, std::min(last, begin + perTask),
                           buffer.data() + (begin - first) * rowBytes);
        });
      }
      pool.wait();
      for (const std::optional<WeightPlace> &place : places)
        if (Error error = check(place))
          return error;
      writer.append(buffer);
      done += buffer.size();
      if (Error error = progress(done, total))
        return error;
    }
    if (Error error = check(converted->findNonFinite(tensor)))
      return error;
    converted->release(tensor);
  }
  return Error::success();
}
