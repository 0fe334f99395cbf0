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
                                            const Checkpoint &checkpoint) {
  GGUFOutput out;
  out.checkpoint = &checkpoint;
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
    out.weights.push_back({tensor, format});
  }

  // A file that is written again keeps its order.
  auto names = listGGUFTensors(checkpoint);
  if (!names)
    return names.takeError();
  llvm::StringMap<size_t> places;
  for (const std::string &name : *names)
    places.try_emplace(name, places.size());
  if (!places.empty())
    llvm::sort(out.weights, [&](const Weight &a, const Weight &b) {
      return places.lookup(a.tensor->name) < places.lookup(b.tensor->name);
    });

  for (const Weight &weight : out.weights) {
    const Tensor &tensor = *weight.tensor;
    const FormatInfo &info = getFormatInfo(weight.format);
    if (info.ggmlType == FormatInfo::noGGML)
      return makeError("{0}: tensor {1} is in {2}, a format that GGUF files "
                       "have not; convert it with --quantize=q8_0 or another "
                       "that they have",
                       checkpoint.path, tensor.label(), info.name);
    const uint64_t bytes =
        *formatBytes(weight.format, tensor.cols()) * tensor.rows();
    out.tensors.push_back({tensor.name, tensor.shape, info.ggmlType, bytes});
    out.total += bytes;
  }
  auto header =
      exportGGUFMetadata(checkpoint, out.tensors, retyped, out.warnings);
  if (!header)
    return makeError("{0}: {1}", checkpoint.path,
                     llvm::toString(header.takeError()));
  out.header = std::move(*header);
  return std::move(out);
}

namespace {

/// Rows of one tensor in another format, or the same.
class RowEncoder {
public:
  RowEncoder(const Tensor &tensor, Format format)
      : tensor(tensor), format(format), columns(tensor.cols()),
        rowBytes(*formatBytes(format, columns)),
        height(tensor.shape.size() > 2 ? tensor.shape[1] : tensor.rows()) {}

  int64_t getRowBytes() const { return rowBytes; }

  /// Writes the rows [first, last) to `out`. Returns the first element met that
  /// is no finite number, if any. Thread safe.
  std::optional<WeightPlace> encode(int64_t first, int64_t last,
                                    uint8_t *out) const {
    std::optional<WeightPlace> place;
    RowBuffer buffer;
    std::vector<float> values(format == tensor.format ? 0 : columns);
    for (int64_t row = first; row < last;) {
      // Those of one matrix are asked for together.
      const int64_t count =
          std::min({last - row, rowsTogether, height - row % height});
      const uint8_t *from = tensor.readRows(row, count, buffer);
      for (const int64_t end = row + count; row < end;
           ++row, from += tensor.rowBytes(), out += rowBytes) {
        encodeRow(from, values, out);
        if (!place)
          place = check(row, from, out);
      }
    }
    return place;
  }

private:
  static constexpr int64_t rowsTogether = 16;

  void encodeRow(const uint8_t *from, std::vector<float> &values,
                 uint8_t *out) const {
    if (format == tensor.format) {
      std::memcpy(out, from, rowBytes);
      return;
    }
    dequantizeRow(tensor.format, from, values.data(), columns);
    quantizeRow(format, values.data(), out, columns);
  }

  std::optional<WeightPlace> check(int64_t row, const uint8_t *from,
                                   const uint8_t *encoded) const {
    int64_t column = findNonFinite(tensor.format, from, columns);
    if (column >= 0)
      return WeightPlace{&tensor, row, column};
    if (format != tensor.format)
      column = findNonFinite(format, encoded, columns);
    if (column >= 0)
      return WeightPlace{&tensor, row, column, format};
    return std::nullopt;
  }

  const Tensor &tensor;
  const Format format;
  const int64_t columns, rowBytes;
  const int64_t height; // Rows of a matrix.
};

} // namespace

Error GGUFOutput::write(
    llvm::raw_ostream &os,
    llvm::function_ref<void(uint64_t, uint64_t)> progress,
    llvm::function_ref<Error(const WeightPlace &)> onNonFinite) const {
  GGUFWriter writer(os, header.metadata, tensors, header.alignment);
  llvm::DefaultThreadPool pool;
  std::vector<uint8_t> buffer;
  uint64_t done = 0;
  bool told = false;
  for (const Weight &weight : weights) {
    const Tensor &tensor = *weight.tensor;
    const RowEncoder encoder(tensor, weight.format);
    const int64_t rowBytes = encoder.getRowBytes(), rows = tensor.rows();
    const int64_t perTask = std::max<int64_t>(1, (1 << 20) / rowBytes);
    const int64_t perBatch = perTask * pool.getMaxConcurrency() * 2;
    for (int64_t first = 0; first < rows; first += perBatch) {
      const int64_t last = std::min(rows, first + perBatch);
      buffer.resize((last - first) * rowBytes);
      std::vector<std::optional<WeightPlace>> places(
          llvm::divideCeil(last - first, perTask));
      for (auto [i, place] : llvm::enumerate(places)) {
        const int64_t begin = first + int64_t(i) * perTask;
        pool.async([&encoder, &place = place, &buffer, begin, first, last,
                    perTask, rowBytes] {
          place = encoder.encode(begin, std::min(last, begin + perTask),
                                 buffer.data() + (begin - first) * rowBytes);
        });
      }
      pool.wait();
      for (const std::optional<WeightPlace> &place : places)
        if (place && !told) {
          told = true;
          if (Error error = onNonFinite(*place))
            return error;
        }
      writer.append(buffer);
      done += buffer.size();
      progress(done, total);
    }
    checkpoint->release(tensor);
  }
  return Error::success();
}
